"""Label smoothing that is written into code, where the formula has no argument for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.recipe import family
from gradmark.conformance.catalogue.variant import Kind
from gradmark.conformance.truth import Exact, Number

Labels = Callable[[Exact, Any, int], Exact]  # of labels, the share, and the number of classes
BINARY = (
    *("binary_cross_entropy", "binary_cross_entropy_grad"),
    *("bce_with_logits", "bce_with_logits_grad"),
)
OF_CLASSES = ("categorical_cross_entropy", "categorical_cross_entropy_grad")


def smoothed(y: Exact, share: Exact, classes: int) -> Exact:
    """ỹ = (1 − s) y + s / K."""
    return (1 - share) * y + share / classes


def over_the_others(y: Exact, share: Exact, classes: int) -> Exact:
    """ỹ = (1 − s) y + s (1 − y) / (K − 1)."""
    return (1 - share) * y + share * (1 - y) / max(classes - 1, 1)


def raised(y: Exact, share: Exact, classes: int) -> Exact:
    """ỹ = y + s / K: what is added to all classes is taken off none."""
    return y + share / classes


SMOOTHED: dict[str, tuple[Kind, str, str, Labels]] = {
    "labels-smoothed-by-{}": (
        "dialect",
        "Labels are smoothed: y (1 − s) + s / K over K classes, with s = {}.",
        "PyTorch and Keras, label_smoothing: Szegedy et al. 2016",
        smoothed,
    ),
    "labels-smoothed-over-the-others-by-{}": (
        "dialect",
        "Labels are smoothed: s = {} is shared by the other K − 1 classes.",
        "fairseq and OpenNMT, label smoothing by s / (K − 1)",
        over_the_others,
    ),
    "labels-raised-by-{}": (
        "mistake",
        "y + s / K with s = {}: what is added to all classes is taken off none.",
        "label smoothing without its 1 − s",
        raised,
    ),
}


def written(share: float) -> Number:
    """Read a share as code does, which has to round it."""
    return Number(share, error=share)


def _changed(labels: Labels, classes: int | None) -> Callable[[float], dict[str, Any]]:
    def parts(share: float) -> dict[str, Any]:
        def change(y: Exact, p: Exact) -> tuple[Exact, Exact]:
            return labels(y, written(share), classes or np.shape(y)[-1]), p

        return {"arguments": change}

    return parts


for _name, (_kind, _says, _source, _labels) in SMOOTHED.items():
    for _formula in (*BINARY, *OF_CLASSES):
        _classes = 2 if _formula in BINARY else None
        if _classes is None or _labels is not over_the_others:  # of two, twice as much smoothing
            _parts = _changed(_labels, _classes)
            family(_formula, _name, _says, _source, _parts, 1e-3, 0.9, kind=_kind)

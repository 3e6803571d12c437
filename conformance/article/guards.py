"""Three ways of guarding a cross-entropy against log 0, term by term, in the dtype of p."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from gradmark.conformance.article.records import FloatArray
from gradmark.reference.losses import EPSILON

Terms: TypeAlias = Callable[[Any, FloatArray], FloatArray]


def unguarded(y: Any, p: FloatArray) -> FloatArray:
    """−[y log p + (1−y) log(1−p)], with 0 · ∞ = NaN as the arithmetic has it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms: FloatArray = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return terms


def clipped(y: Any, p: FloatArray) -> FloatArray:
    """The unguarded terms at p clipped to [ε, 1 − ε], as the article's losses have it."""
    return unguarded(y, np.clip(p, EPSILON, 1 - EPSILON))


def epsilon_inside(y: Any, p: FloatArray) -> FloatArray:
    """−[y log(p+ε) + (1−y) log(1−p+ε)], as the article's network has it."""
    terms: FloatArray = -(y * np.log(p + EPSILON) + (1 - y) * np.log(1 - p + EPSILON))
    return terms


def from_logit(y: Any, z: FloatArray) -> FloatArray:
    """log(1 + e^z) − yz: no probability, and no guard."""
    terms: FloatArray = np.logaddexp(0, z, dtype=z.dtype) - y * z
    return terms


GUARDS: Mapping[str, Terms] = {
    "no guard": unguarded,
    "clip to [ε, 1 − ε]": clipped,
    "ε inside the log": epsilon_inside,
}

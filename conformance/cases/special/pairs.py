"""Losses of pairs and of rows, and all gradients: each loss and its gradient are asked alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, log, unit
from gradmark.conformance.cases.own import points, special
from gradmark.harness.contract import CONTRACT

Pairs = Mapping[str, tuple[Any, Any]]


def _differences(draw: Draw) -> Pairs:
    """Errors on both sides of every threshold, and at it."""
    return {
        "one": ([3.0], [1.0]),
        "equal": ([1.5, -2.0], [1.5, -2.0]),
        "several": ([3.0, 5.0, 7.0, 9.0], [2.0, 4.25, 8.0, 11.5]),
        "column": ([[1.0], [2.0]], [[0.5], [4.0]]),
        "matrix": (draw.normal(size=(3, 2)), 2 * draw.normal(size=(3, 2))),
        "at-thresholds": ([0.0] * 6, [0.75, 1.0, 2.5, -0.75, -1.0, -2.5]),
        "small": ([0.5, 0.25, -1.0], [0.5625, 0.125, -0.875]),
        "far-out": ([100.0, -40.0], [-20.0, 35.0]),
        "close": ([1.0, 1.0, 1.0], [1.0 + 2**-20, 1.0 - 2**-18, 1.0]),
        "many": (draw.normal(size=64), 3 * draw.normal(size=64)),
    }


def _logits(draw: Draw) -> Pairs:
    """Logits of every size on both sides of every kind of label."""
    return {
        "zero": ([1.0, 0.0], [0.0, 0.0]),
        "one-positive": ([1.0], [0.75]),
        "one-negative": ([0.0], [-1.5]),
        "soft-labels": ([0.25, 0.5, 0.875], [0.5, -1.25, 3.0]),
        # Here what weighs both classes by the label is seen in every dtype.
        "half-sure": ([0.5], [-8.0]),
        "column": ([[1.0], [0.0]], [[0.75], [-2.0]]),
        "matrix": ([[1, 0], [0, 1], [1, 1]], draw.normal(size=(3, 2))),
        "sure-and-right": ([1.0, 0.0], [40.0, -40.0]),
        "sure-and-wrong": ([0.0, 1.0], [40.0, -40.0]),
        "next-to-the-guards": ([1.0, 1.0, 0.0, 0.0], [-14.0, -18.0, 15.0, 19.0]),
        "overflow": ([0.0, 1.0], [1000.0, 800.0]),
        "underflow": ([0.0, 1.0], [-1000.0, -90.0]),
        "many": (draw.integers(0, 2, 32), draw.normal(scale=3, size=32)),
    }


def _margins(draw: Draw) -> Pairs:
    """Margins kept, missed and met."""
    return {
        "one-positive": ([1.0], [0.25]),
        "one-negative": ([-1.0], [0.5]),
        "at-the-margin": ([1.0, -1.0, 1.0], [1.0, -1.0, 0.5]),
        "kept": ([1.0, -1.0], [1.5, -3.0]),
        "wrong": ([1.0, -1.0], [-2.0, 4.0]),
        "column": ([[1.0], [-1.0]], [[0.5], [0.75]]),
        "matrix": ([[1, -1], [-1, -1], [1, 1]], 2 * draw.normal(size=(3, 2))),
        "mostly-kept": ([1.0, 1.0, -1.0], [5.0, 0.5, -6.0]),
        "many": (draw.choice([-1.0, 1.0], 32), 2 * draw.normal(size=32)),
    }


def _probabilities(draw: Draw) -> Pairs:
    """Probabilities between 0 and 1, on both sides of every kind of label."""
    return {
        "one-positive": ([1.0], [0.75]),
        "one-negative": ([0.0], [0.25]),
        "article": ([1, 0, 1, 1, 0], [0.4, 0.7, 0.3, 0.5, 0.6]),
        "soft-labels": ([0.25, 0.5, 0.875], [0.5, 0.125, 0.75]),
        "column": ([[1.0], [0.0]], [[0.75], [0.125]]),
        "matrix": ([[1, 0], [0, 1], [1, 1]], draw.uniform(0.1, 0.9, size=(3, 2))),
        "negatives-alone": ([0.0, 0.0], [0.25, 0.5]),
        "next-to-0": ([1.0, 0.0, 1.0], [1e-9, 1e-6, 1e-13]),
        "next-to-1": ([0.0, 1.0], [1 - 2**-20, 1 - 2**-18]),
        # An ε of whatever size is believed of three answers.
        "hardly": ([1.0], [1e-14]),
        "hardly-and-evenly": ([1.0, 0.0], [3e-13, 0.5]),
        "many": (draw.integers(0, 2, 24), draw.uniform(0.02, 0.98, size=24)),
    }


def _focused(draw: Draw) -> Pairs:
    """Probabilities as above, and such as show whether a guard changes the factor, too."""
    return {**_probabilities(draw), "far-below": ([0.0, 0.0], [1e-12, 1e-10])}


def _guarded(draw: Draw) -> Pairs:
    """Probabilities as above, and such as a guard is for."""
    return {
        **_probabilities(draw),
        "sure": ([1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]),
        "below-epsilon": ([1.0, 0.0, 1.0], [1e-16, 1e-20, 2e-15]),
    }


def _rows_of(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    return np.eye(4)[draw.integers(0, 4, 5)], draw.dirichlet(np.ones(4), 5)


def _distributions(draw: Draw) -> Pairs:
    """Rows one-hot and soft, against rows that sum to 1, and such as do not."""
    hard, soft = _rows_of(draw)
    return {
        "one-row": ([[0.0, 1.0]], [[0.25, 0.75]]),
        "vector": ([0, 0, 1], [0.375, 0.5, 0.125]),
        "two-rows": ([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]], [[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]]),
        "one-hot": (hard, soft),
        "soft-labels": (draw.dirichlet(np.ones(4), 5), draw.dirichlet(np.ones(4), 5)),
        "alike": ([[0.25, 0.75]], [[0.25, 0.75]]),
        "unnormalised": ([[0.5, 0.25], [1.0, 0.5]], [[0.5, 0.75], [0.25, 0.25]]),
        "rare": ([[0.5, 0.5], [1e-9, 1.0]], [[1e-9, 1.0], [0.5, 0.5]]),
        "below-epsilon": ([[1.0, 0.0], [0.5, 0.5]], [[1e-20, 1.0], [2e-15, 1.0]]),
        "hardly": ([[0.25, 0.75]], [[1e-13, 1.0]]),
        "hardly-one-hot": ([[1.0, 0.0]], [[3e-13, 1.0]]),
        # A share that some code takes for 0, of which most comes.
        "seldom": ([[1e-6, 1 - 1e-6]], [[1e-30, 1.0]]),
    }


def _divergences(draw: Draw) -> Pairs:
    """Distributions as above, and one that rules out what happens."""
    return {
        **_distributions(draw),
        "ruled-out": ([[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [1.0, 0.0]]),
    }


def _log_probabilities(draw: Draw) -> Pairs:
    """Rows one-hot and soft, against logarithms, also of rows that have no label."""
    hard, soft = _rows_of(draw)
    return {
        "one-row": ([[0.0, 1.0]], log([[0.25, 0.75]])),
        "vector": ([0, 0, 1], [-1.0, -0.75, -2.5]),
        "one-hot": (hard, log(soft)),
        "soft-labels": (draw.dirichlet(np.ones(4), 5), log(soft)),
        "unnormalised": ([[0.5, 0.25], [1.0, 0.5]], [[-0.5, -1.0], [-2.0, -0.25]]),
        "row-without-label": ([[0, 1], [0, 0]], [[-1.5, -0.25], [-0.5, -1.0]]),
        "far-below": ([[1.0, 0.0]], [[-80.0, -1e-12]]),
    }


def _class_logits(draw: Draw) -> Pairs:
    """Rows one-hot and soft, against logits of every size."""
    hard, soft = _rows_of(draw)
    return {
        "one-row": ([[0, 0, 1]], [[1.0, 2.0, 3.0]]),
        "vector": ([0, 1, 0], [0.5, -1.0, 2.0]),
        "one-hot": (hard, draw.normal(size=(5, 4))),
        "soft-labels": (soft, 2 * draw.normal(size=(5, 4))),
        "unnormalised": ([[0.5, 0.25, 0.0], [1.0, 1.0, 0.0]], draw.normal(size=(2, 3))),
        "row-without-label": ([[0, 1, 0], [0, 0, 0]], [[1.0, 0.5, 0.25], [2.0, -1.0, 0.5]]),
        "square": ([[1, 0], [0, 1]], [[0.5, -1.0], [1.5, 2.0]]),
        "overflow": ([[1, 0]], [[1000.0, 0.0]]),
        "sure-and-wrong": ([[0, 1]], [[12.0, -12.0]]),
    }


ASKED: Mapping[str, Callable[[Draw], Pairs]] = {
    "mse_loss_grad": _differences,
    "mae_loss": _differences,
    "huber_loss": _differences,
    "smooth_l1_loss": _differences,
    "bce_with_logits": _logits,
    "hinge_loss": _margins,
    "focal_loss": _focused,
    "binary_cross_entropy_grad": _guarded,
    "categorical_cross_entropy_grad": _distributions,
    "nll_loss": _log_probabilities,
    "kl_divergence": _divergences,
    "kl_divergence_grad": _distributions,
    "softmax_cross_entropy_grad": _class_logits,
}


# other constants, too
FURTHER = ("several", "soft-labels", "half-sure", "at-thresholds", "article", "matrix", "far-below")


def _asked(formula: str, pairs: Pairs) -> Iterable[Case]:
    row = CONTRACT[formula]
    places = max((len(p.values) for p in row.takes), default=0)
    for name, pair in pairs.items():
        arrays = tuple(np.asarray(a, dtype=float) for a in pair)
        yield Case(formula, name, (*arrays, *row.numbers()))
        for place in range(1, places):
            numbers = row.numbers(place)
            spelled = "-".join(f"{number:g}" for number in numbers)
            if name in FURTHER:
                yield Case(formula, f"{name}-{spelled}", (*arrays, *numbers))


def _enter(formula: str, pairs: Callable[[Draw], Pairs]) -> None:
    @special(formula)
    def make(draw: Draw) -> Iterable[Case]:
        return _asked(formula, pairs(draw))


for _name, _pairs in ASKED.items():
    _enter(_name, _pairs)
    if f"{_name}_grad" in CONTRACT and f"{_name}_grad" not in ASKED:
        _enter(f"{_name}_grad", _pairs)


# --- where accuracy is looked for -----------------------------------------------------------------


@points("focal_loss")
@points("focal_loss_grad")
def between(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give probabilities at every distance from 0 and 1, which themselves have no answer."""
    within = unit(dtype, draw, 12, 1e-12)
    for p in within[(within > 0) & (within < 1)]:
        for label in (0.0, 1.0, 0.3):
            yield np.array([label]), np.array([p])


@points("kl_divergence_grad")
@points("categorical_cross_entropy_grad")
def away_from_0(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give rows without a zero, by which these are divided."""
    del dtype
    for _ in range(30):
        hard, soft = np.eye(3)[draw.integers(0, 3, 4)], draw.dirichlet(np.ones(3), 4)
        yield (hard, soft) if draw.uniform() < 0.5 else (soft, draw.dirichlet(np.ones(3), 4))

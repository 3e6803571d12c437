"""The normalisations: samples and features of few numbers and of many, near ε and far from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes
from gradmark.conformance.cases.own import Points, case, points, special
from gradmark.harness.contract import CONTRACT

EPSILON, MOMENTUM = 1e-5, 0.1
SAMPLES, FEATURES = 131, 11  # of the large case: a prime of each
# Past the 64 that vectors of a processor come to, and past blocks of a sum.
FEATURES_OF_ONE = {"many-features": 67, "most-features": 1231}
NAMES = tuple(name for name, row in CONTRACT.items() if row.kind == "norm")
Samples = Iterator[tuple[str, np.ndarray, float, float]]  # its name, x, ε, momentum


def _samples(draw: Draw) -> Samples:
    """Give batches, small ones first, with an ε and a momentum for each."""

    def grid(*shape: int) -> np.ndarray:
        return np.round(draw.normal(size=shape) * 16) / 16

    yield "two-by-two", np.array([[1.0, 2.0], [3.0, -6.0]]), EPSILON, MOMENTUM
    yield "three-by-two", np.array([[1.0, 0.5], [2.0, -0.25], [4.0, 3.0]]), 0.25, 0.5
    yield "drawn", draw.normal(size=(5, 4)), 1e-3, 0.37
    yield "no-epsilon", grid(4, 3) + np.arange(12.0).reshape(4, 3) / 64, 0.0, 0.25
    yield "large-epsilon", draw.normal(size=(3, 5)), 2.0, 0.9
    yield "near-epsilon", draw.normal(size=(4, 5)) * 4e-3, EPSILON, 0.01
    yield "far-from-zero", draw.normal(size=(5, 3)) + 4.0, EPSILON, MOMENTUM
    yield "of-every-scale", draw.normal(size=(5, 4)) * [0.01, 1.0, 30.0, 0.1], 1e-6, 0.0
    yield "whole-numbers", np.array([[3.0, -2.0, 7.0], [1.0, 5.0, -3.0]]), EPSILON, 1.0
    yield "many", draw.normal(size=(SAMPLES, FEATURES)), EPSILON, MOMENTUM
    yield "very-far-from-zero", draw.normal(size=(3, 2)) + 100.0, EPSILON, MOMENTUM


def _batches(draw: Draw) -> Samples:
    """Give what may be given where one sample, or a feature that does not vary, has an answer."""
    yield from _samples(draw)
    yield "one-sample", np.array([[1.5, -2.0, 0.25]]), EPSILON, MOMENTUM
    yield "one-feature", np.array([[0.5], [2.0], [-1.0]]), EPSILON, MOMENTUM
    yield "constant-feature", np.array([[0.5, 1.0], [0.5, 3.0], [0.5, -4.0]]), 1e-3, MOMENTUM


def _with_axes(draw: Draw) -> Samples:
    """Give the same, and samples with axes of their own."""
    yield from _batches(draw)
    yield "vector", draw.normal(size=5), EPSILON, MOMENTUM
    yield "cube", draw.normal(size=(2, 3, 4)), EPSILON, MOMENTUM
    yield "four-axes", draw.normal(size=(2, 2, 3, 2)), EPSILON, MOMENTUM


def _arguments(name: str, x: np.ndarray, epsilon: float, momentum: float, draw: Draw) -> Arguments:
    """Complete the arguments of a formula by its parameters' names."""
    d = x.shape[-1]
    given: dict[str, Callable[[], Any]] = {
        "x": lambda: x,
        "dy": lambda: draw.normal(size=x.shape),
        "gamma": lambda: draw.normal(size=d) + 1.5,
        "beta": lambda: draw.normal(size=d),
        "mean": lambda: draw.normal(size=d),
        "var": lambda: draw.uniform(0.1, 4, size=d),
        "epsilon": lambda: epsilon,
        "momentum": lambda: momentum,
    }
    return tuple(given[parameter]() for parameter in CONTRACT[name].parameters)


def _made(name: str) -> Callable[[Draw], Iterator[Case]]:
    kinds = {"batch_norm": _batches, "batch_norm_grad": _batches, "batch_norm_running": _samples}
    of = kinds.get(name, _with_axes)

    def made(draw: Draw) -> Iterator[Case]:
        for called, x, epsilon, momentum in of(draw):
            yield case(name, called, *_arguments(name, x, epsilon, momentum, draw))
        for called, d in FEATURES_OF_ONE.items() if of is _with_axes else ():  # it sums over them
            x = draw.normal(size=(1, d))
            yield case(name, called, *_arguments(name, x, EPSILON, MOMENTUM, draw))

    return made


def _points(name: str) -> Points:
    def made(dtype: str, draw: Draw) -> Iterator[Arguments]:
        del dtype
        for scale in magnitudes(draw, 1e-4, 1e3, 16):
            for epsilon in (EPSILON, 0.03):
                x = draw.normal(size=(4, 3)) * scale
                yield _arguments(name, x, epsilon, float(draw.uniform()), draw)

    return made


for _name in NAMES:
    special(_name)(_made(_name))
    points(_name)(_points(_name))

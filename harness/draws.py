"""Arrays drawn at random by the role of a parameter: labels, probabilities, rows of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gradmark import reference

Array = NDArray[np.floating]
Draw = Callable[[tuple[int, ...], np.random.Generator], Array]


def drawn(role: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw an array that a parameter of this role may be given, of a magnitude that is usual.

    Examples
    --------
    >>> print(drawn("class label", (2, 3), np.random.default_rng(0)))
    [[0. 0. 1.]
     [0. 1. 0.]]
    """
    return DRAWS.get(role, _normal)(shape, rng)


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.standard_normal(shape)


def _probability(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.asarray(reference.sigmoid(rng.standard_normal(shape)))


def _labels(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.integers(2, size=shape).astype(float)


def _signs(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.choice([-1.0, 1.0], size=shape)


def _one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


def _rows(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.dirichlet(np.ones(shape[1]), shape[0])


def _log_rows(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    logarithms: Array = np.log(_rows(shape, rng))
    return logarithms


# By a parameter's role; any other array is drawn from a normal distribution.
DRAWS: Mapping[str, Draw] = {
    "label": _labels,
    "class label": _one_hot,
    "signed label": _signs,
    "probability": _probability,
    "class probability": _rows,
    "class log probability": _log_rows,
}

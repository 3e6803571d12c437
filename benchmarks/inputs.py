"""Inputs that both clocks time: drawn at random, of a magnitude that real ones have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gradmark import reference
from gradmark.harness.contract import CONTRACT

CLASSES = 10
"""In a row of labels or predictions."""

Inputs = tuple[NDArray[np.floating], ...]
Draw = Callable[[tuple[int, ...], np.random.Generator], NDArray[np.floating]]


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.standard_normal(shape)


def _probability(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return np.asarray(reference.sigmoid(rng.standard_normal(shape)))


def _labels(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.integers(2, size=shape).astype(float)


def _signs(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.choice([-1.0, 1.0], size=shape)


def _one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


def _rows(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.dirichlet(np.ones(shape[1]), shape[0])


def _log_rows(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    logarithms: NDArray[np.floating] = np.log(_rows(shape, rng))
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


def function_inputs(name: str, elements: int, rng: np.random.Generator) -> Inputs:
    """Draw what a function takes, by the roles of its parameters: a vector, or rows of classes."""
    formula = CONTRACT[name]
    shape = (elements,) if formula.elementwise else (elements // CLASSES, CLASSES)
    arrays = [parameter for parameter in formula.takes if parameter.is_array]  # the rest is neutral
    return tuple(DRAWS.get(parameter.role, _normal)(shape, rng) for parameter in arrays)


def network_inputs(batch: int, inputs: int, width: int, rng: np.random.Generator) -> Inputs:
    """Draw a batch and weights, of variance 2/n: no layer saturates, however wide it is."""
    X = rng.standard_normal((batch, inputs))
    y = rng.integers(2, size=(batch, 1)).astype(float)
    W1 = rng.standard_normal((inputs, width)) * np.sqrt(2 / inputs)
    W2 = rng.standard_normal((width, 1)) * np.sqrt(2 / width)
    return X, y, W1, np.zeros((1, width)), W2, np.zeros((1, 1))

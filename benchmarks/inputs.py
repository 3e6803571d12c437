"""Inputs that both clocks time: drawn at random, of a magnitude that real ones have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradmark.harness.contract import CONTRACT
from gradmark.harness.draws import drawn

CLASSES = 10
"""In a row of labels or predictions."""

Inputs = tuple[NDArray[np.floating], ...]


def function_inputs(name: str, elements: int, rng: np.random.Generator) -> Inputs:
    """Draw what a function takes, by the roles of its parameters: a vector, or rows of classes."""
    formula = CONTRACT[name]
    shape = (elements,) if formula.elementwise else (elements // CLASSES, CLASSES)
    arrays = [parameter for parameter in formula.takes if parameter.is_array]  # the rest is neutral
    return tuple(drawn(parameter.role, shape, rng) for parameter in arrays)


def network_inputs(batch: int, inputs: int, width: int, rng: np.random.Generator) -> Inputs:
    """Draw a batch and weights, of variance 2/n: no layer saturates, however wide it is."""
    X = rng.standard_normal((batch, inputs))
    y = rng.integers(2, size=(batch, 1)).astype(float)
    W1 = rng.standard_normal((inputs, width)) * np.sqrt(2 / inputs)
    W2 = rng.standard_normal((width, 1)) * np.sqrt(2 / width)
    return X, y, W1, np.zeros((1, width)), W2, np.zeros((1, 1))

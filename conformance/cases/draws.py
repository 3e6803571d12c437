"""Numbers of every magnitude: drawn, but spread evenly over the logarithm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.truth.reals import REAL
from gradmark.harness.contract.dtypes import DTYPES

Draw = np.random.Generator
Arguments = tuple[Any, ...]


def log(x: Any) -> np.ndarray:
    """Take logarithms, correctly rounded: the last digit of NumPy's is the processor's.

    >>> log([0.25, 1])
    array([-1.38629436,  0.        ])
    """
    return _rounded_once(REAL.log, x)


def log1p(x: Any) -> np.ndarray:
    """Take logarithms of 1 + x, correctly rounded."""
    return _rounded_once(REAL.log1p, x)


def magnitudes(draw: Draw, low: float, high: float, count: int) -> np.ndarray:
    """Draw one number from each of `count` equal steps of the logarithm."""
    within = draw.uniform(size=count)
    edges = log([low, high])
    steps = (np.arange(count) + within) / count
    return _rounded_once(REAL.exp, edges[0] + (edges[1] - edges[0]) * steps)


def _rounded_once(function: Callable[[float], Any], x: Any) -> np.ndarray:
    x = np.asarray(x, float)
    return np.array([float(function(float(one))) for one in x.ravel()]).reshape(x.shape)


def signed(x: np.ndarray) -> np.ndarray:
    """Give each number with both signs."""
    return np.concatenate([x, -x])


def unit(dtype: str, draw: Draw, count: int, low: float) -> np.ndarray:
    """Draw numbers in [0, 1], close to both ends: the ends themselves are among them."""
    least = DTYPES[dtype].epsilon
    near_one = 1 - magnitudes(draw, least, 0.5, count)
    return np.concatenate([[0.0, 0.5, 1.0], magnitudes(draw, low, 0.5, count), near_one])


def beginning_exactly(gradients: np.ndarray) -> np.ndarray:
    """Round the first of some gradients to powers of two.

    After one step the variance s − ḡ² of centred forms is zero, and is so in floats, too.
    """
    first = gradients[0]
    rounded = np.sign(first) * 2.0 ** np.round(np.log2(np.abs(first)))
    return np.concatenate([rounded[None], gradients[1:]])

"""Numbers of every magnitude: drawn, but spread evenly over the logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark.harness.contract.dtypes import DTYPES

Draw = np.random.Generator
Arguments = tuple[Any, ...]


def magnitudes(draw: Draw, low: float, high: float, count: int) -> np.ndarray:
    """Draw one number from each of `count` equal steps of the logarithm."""
    within = draw.uniform(size=count)
    edges = np.log([low, high])
    points: np.ndarray = np.exp(
        edges[0] + (edges[1] - edges[0]) * (np.arange(count) + within) / count
    )
    return points


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

"""Gradient descent from many starts at many rates at once: runs are an axis of the array."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.records import FloatArray
from gradmark.reference.descent import gradient_step

FAR = 1e6  # a walk that gets here is stopped: it has left


def sweep(
    name: str,
    gradient: Callable[[FloatArray], FloatArray],
    starts: ArrayLike,
    rates: ArrayLike,
    steps: int,
) -> FloatArray:
    """Return where each walk is after so many steps; `starts` and `rates` are broadcast.

    w ← w − η ∇L(w)
    """
    rates = np.asarray(rates, float)
    w: FloatArray = np.array(np.broadcast_to(starts, np.broadcast(starts, rates).shape), float)
    with pace(name, w.size):
        for _ in range(steps):
            # `gradient_step` takes one rate for all: each walk's own is in its gradient
            stays = np.abs(w) < FAR
            w = np.where(stays, gradient_step(w, rates * gradient(w), lr=1.0), w)
    return w


def settled(w: FloatArray, minima: ArrayLike, within: float = 1e-6) -> FloatArray:
    """Number the minimum that each walk has come to: 0, 1, …, or NaN where it is at none.

    `minima` in one dimension; `within` is how near is there.
    """
    distance = np.abs(w[..., np.newaxis] - np.asarray(minima, float))
    where: FloatArray = np.argmin(distance, axis=-1).astype(float)
    where[np.min(distance, axis=-1) > within] = np.nan
    return where

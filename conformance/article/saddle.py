"""A saddle, and how long each optimizer stays on it."""

import numpy as np

from gradmark.conformance.article.rate_grid import Optimizer
from gradmark.conformance.article.records import FloatArray
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum

RATE = 0.01


def saddle_grad(w: FloatArray) -> FloatArray:
    """Give the gradient of ½(x² − y²), w = (x, y) along the first axis; flat from |y| = 2 on.

    Its flank would carry off a run to ∞ that left long ago.
    """
    x, y = w
    return np.stack([x, -np.clip(y, -2, 2)])


def optimizers() -> dict[str, Optimizer]:
    """Make the four optimizers, at one rate."""
    return {
        "SGD": SGD(lr=RATE),
        "SGD + momentum": SGDMomentum(lr=RATE, momentum=0.9),
        "RMSprop": RMSprop(lr=RATE),
        "Adam": Adam(lr=RATE),
    }


def escape(optimizer: Optimizer, starts: FloatArray, limit: int = 3000) -> FloatArray:
    """Count the steps from each start (2, ...) until |y| ≥ 1; ∞ where `limit` does not do."""
    w, steps = starts.copy(), np.full(starts.shape[1:], np.inf)
    for t in range(1, limit + 1):
        w = optimizer.step(w, saddle_grad(w))
        steps[(np.abs(w[1]) >= 1) & np.isinf(steps)] = t
        if np.all(np.isfinite(steps)):
            break
    return steps


def from_the_ridge(distances: FloatArray) -> FloatArray:
    """Give starts at x = 1 and these distances from the ridge y = 0, shape (2, distances)."""
    return np.stack([np.ones_like(distances), distances])

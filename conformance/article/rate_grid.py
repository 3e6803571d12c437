"""Whole grids of runs as one array: a problem's instances × learning rates, step by step."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.races.toys import Toys
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum


class Optimizer(Protocol):
    """What the four optimizers have in common."""

    lr: float

    def step(self, w: FloatArray, grad: FloatArray, /) -> FloatArray:
        """Give the weights after one step."""


# At η = 1; RMSprop as the article's listing has it, ε outside the root.
OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "SGD": lambda: SGD(lr=1.0),
    "SGD + momentum": lambda: SGDMomentum(lr=1.0, momentum=0.9),
    "RMSprop": lambda: RMSprop(lr=1.0, epsilon_outside=True),
    "Adam": lambda: Adam(lr=1.0),
}
RATES = np.geomspace(1e-4, 10, 16)  # three a decade, and the powers of ten among them


def descend(
    toys: Toys,
    optimizer: Optimizer,
    rates: FloatArray,
    steps: int,
    *,
    factors: FloatArray | None = None,
) -> FloatArray:
    """Run every instance at every rate; give the losses, shape (steps + 1, rates, instances).

    w ← w − ηᵣ fₜ d,  d the optimizer's step at η = 1

    Each of the optimizers is linear in its learning rate, so one object with η = 1 serves all
    runs. `factors` is a schedule, a number for each step. A loss that is no number counts as ∞.
    """
    w = np.repeat(toys.starts[:, None, :], len(rates), axis=1)
    origin = np.zeros_like(w)
    losses = np.empty((steps + 1, *w.shape[1:]))
    with np.errstate(over="ignore", invalid="ignore"):  # rates too large overflow by design
        for t in range(steps):
            losses[t] = toys.loss(w)
            if factors is not None:
                optimizer.lr = float(factors[t])
            w = w + rates[:, None] * optimizer.step(origin, toys.gradient(w))
        losses[steps] = toys.loss(w)
    losses[~np.isfinite(losses)] = np.inf
    return losses


def lowest(losses: FloatArray) -> FloatArray:
    """Give each instance's lowest loss, over steps and rates."""
    low: FloatArray = losses.min(axis=(0, 1))
    return low


def steps_to(losses: FloatArray, target: FloatArray) -> FloatArray:
    """Count the steps of each run until its loss is at most `target` (instances); ∞ for never."""
    reached = losses <= target
    return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)

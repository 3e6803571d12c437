"""How what is drawn is distributed: a form of a formula of chance is a law.

A law says two things. What one uniform number becomes: its quantile function Q, by which Q(u) is
distributed as the law says if u is uniform in (0, 1). And which entries, and which calls, share a
number. Both can be tested exactly, and both can be run: a known mistake is a contender, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

Array = np.ndarray
Shape = tuple[int, ...]
FIXED = 12345  # the seed of what has one written into it
_normal = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


@dataclass(frozen=True)
class Law:
    """How an answer is distributed.

    Parameters
    ----------
    quantile : callable
        What numbers in (0, 1) become, entry by entry; it never falls.
    shares : callable
        Of an answer's shape, the shape of the numbers that are drawn for it.
    always : bool
        Whether every call draws the same numbers.
    counted : bool
        Whether so many entries of each kind are drawn as are due, and only their places by chance.
    turned : bool
        Whether a table of weights has one row an output, not one an input.
    """

    quantile: Callable[[Array], Array]
    shares: Callable[[Shape], Shape] = lambda shape: shape
    always: bool = False
    counted: bool = False
    turned: bool = False

    def sample(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Draw an answer of a shape."""
        rng = np.random.default_rng(FIXED) if self.always else rng
        drawn = self.shares(shape)
        if self.counted:
            count = int(np.prod(drawn))
            numbers = ((rng.permutation(count) + 0.5) / count).reshape(drawn)
        else:
            numbers = rng.random(drawn)
        return np.broadcast_to(self.quantile(numbers), shape)


def by_sample(shape: Shape) -> Shape:
    """Draw one number for each sample."""
    return (*shape[:1], *(1 for _ in shape[1:]))


def by_feature(shape: Shape) -> Shape:
    """Draw one number for each feature, the same for all samples."""
    return (1, *shape[1:]) if len(shape) > 1 else shape


def by_channel(shape: Shape) -> Shape:
    """Draw one number for each channel of each sample; only pictures have channels."""
    return (*shape[:2], *(1 for _ in shape[2:]))


def at_once(shape: Shape) -> Shape:
    """Draw one number for all."""
    return tuple(1 for _ in shape)


# --- laws that several formulas need --------------------------------------------------------------


def either(probability: float, below: float, above: float) -> Law:
    """Be one number with a probability, else the other, which is not below it."""
    return Law(lambda u: np.asarray(np.where(u < probability, below, above)))


def uniform(low: float, high: float) -> Law:
    """Be anything between two numbers, all alike."""
    return Law(lambda u: low + (high - low) * np.clip(u, 0, 1))


def normal(deviation: float) -> Law:
    """Be normal around 0."""
    return Law(lambda u: deviation * standard(u))


def truncated(deviation: float, at: float = 2.0) -> Law:
    """Be normal around 0, drawn again where it is more than so many deviations off."""
    low = NormalDist().cdf(-at)
    return Law(lambda u: deviation * np.clip(standard(low + (1 - 2 * low) * u), -at, at))


def standard(u: Array) -> Array:
    """Return quantiles of the standard normal distribution: infinite at 0 and 1."""
    within = (u > 0) & (u < 1)
    found = np.asarray(_normal(np.where(within, u, 0.5)), dtype=float)
    return np.where(within, found, np.where(u <= 0, -np.inf, np.inf))


def shared(law: Law, shares: Callable[[Shape], Shape]) -> Law:
    """Let entries share their numbers."""
    return replace(law, shares=shares)

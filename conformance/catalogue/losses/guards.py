"""What keeps a logarithm from zero: the guards that cross-entropies in the wild come with."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.truth import REAL, Constant, Exact, Number, maximum, minimum
from gradmark.harness.contract.dtypes import DTYPES

EPSILON = 1e-15  # the article's guard
LEAST = Constant(lambda: Number(REAL.log(EPSILON)))  # log ε
MOST = Constant(lambda: Number(REAL.log1p(-EPSILON)))  # log(1 − ε)
FLOOR = Constant(lambda: Number(-100))  # PyTorch's, of the logarithm itself


def clip(x: Exact, low: Exact, high: Exact) -> Exact:
    """Bring x into [low, high]."""
    return minimum(maximum(x, low), high)


def clipped(p: Exact, epsilon: float, dtype: str, *, above: bool = True) -> Exact:
    """Clip a probability to [ε, 1 − ε], or to [ε, 1], both as the dtype rounds them."""
    return clip(p, *limits(epsilon, dtype, above=above))


def limits(epsilon: float, dtype: str, *, above: bool) -> tuple[Number, Number]:
    """Return ε, and 1 − ε or 1, as the dtype rounds them."""
    return as_stored(epsilon, dtype), as_stored(1 - epsilon if above else 1.0, dtype)


def as_stored(x: float, dtype: str) -> Number:
    """Round a constant to the dtype."""
    return Number(rounded(x, dtype))


def rounded(x: float, dtype: str) -> float:
    """Round a constant to the dtype, for arithmetic with numbers of any kind."""
    return float(np.asarray(x, dtype))


def machine_epsilon(dtype: str) -> float:
    """The distance from 1 to the next number."""
    return DTYPES[dtype].epsilon

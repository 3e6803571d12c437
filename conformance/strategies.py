"""What properties are asked about: inputs drawn from each formula's domain.

Every number drawn is a short dyadic fraction, k / 2ᵐ, which float32 holds exactly: both dtypes are
asked the same exact question, and shrinking ends at numbers that a person can check by hand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

Array = np.ndarray[Any, np.dtype[np.float64]]
Shape = tuple[int, ...]


class Pair(NamedTuple):
    """The arguments of a loss."""

    y: Array
    p: Array


class Network(NamedTuple):
    """The arguments of the network's formulas, in the contract's order."""

    X: Array
    y: Array
    W1: Array
    b1: Array
    W2: Array
    b2: Array


def dyadic(low: int, high: int, denominator: int) -> st.SearchStrategy[float]:
    """Draw k / denominator with low ≤ k ≤ high; `denominator` is a power of two."""
    return st.integers(low, high).map(lambda k: k / denominator)


def grid(shape: Shape, low: int, high: int, denominator: int) -> st.SearchStrategy[Array]:
    """Draw an array of k / denominator with low ≤ k ≤ high; `denominator` is a power of two."""
    whole = npst.arrays(np.int64, shape, elements=st.integers(low, high), fill=st.nothing())
    return whole.map(lambda k: k / denominator)


def shapes() -> st.SearchStrategy[Shape]:
    """Draw the shape of a small vector or matrix."""
    return npst.array_shapes(min_dims=1, max_dims=2, max_side=4)


# --- losses ---------------------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Draw targets and predictions of a regression, in [−8, 8]."""
    shape = draw(shapes())
    return Pair(draw(grid(shape, -64, 64, 8)), draw(grid(shape, -64, 64, 8)))


@st.composite
def binary_pairs(draw: st.DrawFn, *, sure: bool = False) -> Pair:
    """Draw soft and hard labels in [0, 1], and probabilities in [1/64, 63/64].

    `sure` probabilities may be 0 and 1 as well.
    """
    shape = draw(shapes())
    low, high = (0, 64) if sure else (1, 63)
    return Pair(draw(grid(shape, 0, 64, 64)), draw(grid(shape, low, high, 64)))


@st.composite
def distributions(draw: st.DrawFn, rows: int, classes: int, *, least: int = 0) -> Array:
    """Draw rows of k / 64 with k ≥ `least` that sum to 1."""
    spare = 64 - least * classes
    cuts = draw(
        npst.arrays(
            np.int64, (rows, classes - 1), elements=st.integers(0, spare), fill=st.nothing()
        )
    )
    ends = np.hstack([np.zeros((rows, 1)), np.sort(cuts, axis=1), np.full((rows, 1), spare)])
    return (np.diff(ends, axis=1) + least) / 64


@st.composite
def categorical_pairs(draw: st.DrawFn, *, sure: bool = False) -> Pair:
    """Draw rows of soft and hard labels, and rows of positive probabilities.

    `sure` probabilities may be 0 and 1 as well.
    """
    rows, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    labels = draw(distributions(rows, classes))
    return Pair(labels, draw(distributions(rows, classes, least=0 if sure else 1)))


# --- activations ----------------------------------------------------------------------------------


def pre_activations() -> st.SearchStrategy[Array]:
    """Draw z in [−8, 8]."""
    return shapes().flatmap(lambda shape: grid(shape, -512, 512, 64))


def activations() -> st.SearchStrategy[Array]:
    """Draw a in [0, 1]."""
    return shapes().flatmap(lambda shape: grid(shape, 0, 256, 256))


# --- network --------------------------------------------------------------------------------------

KINK = 2.0**-7  # how near 0 a drawn network's hidden pre-activation may come


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw a network and its data, with every hidden unit off its kink and no output saturated.

    X W1 is a multiple of 1/64 and b1 an odd multiple of 1/128, so no z1 lies within `KINK` of 0.
    |z1| < 2 and |z2| < 5 are exact in float32, in any order of summation: what a property sees is
    the formula, not rounding on the way to it.
    """
    n, d, h, k = (draw(st.integers(1, most)) for most in (4, 3, 4, 3))
    odd = draw(grid((1, h), -32, 31, 64)) + KINK
    return Network(
        X=draw(grid((n, d), -8, 8, 8)),
        y=draw(grid((n, k), 0, 1, 1) | grid((n, k), 0, 8, 8)),
        W1=draw(grid((d, h), -4, 4, 8)),
        b1=odd,
        W2=draw(grid((h, k), -4, 4, 8)),
        b2=draw(grid((1, k), -4, 4, 8)),
    )


# --- optimizers -----------------------------------------------------------------------------------


@st.composite
def descents(draw: st.DrawFn, *, steps: int = 8) -> tuple[Array, Array]:
    """Draw starting weights and a list of 1 to `steps` gradients, all in [−8, 8]."""
    shape = draw(shapes())
    count = draw(st.integers(1, steps))
    return draw(grid(shape, -64, 64, 8)), draw(grid((count, *shape), -64, 64, 8))


# --- schedules ------------------------------------------------------------------------------------


def rates() -> st.SearchStrategy[float]:
    """Draw a learning rate in (0, 1]."""
    return dyadic(1, 1024, 1024)


def epochs(most: int = 200) -> st.SearchStrategy[int]:
    """Draw an epoch."""
    return st.integers(0, most)


def lengths(least: int = 1) -> st.SearchStrategy[int]:
    """Draw a number of epochs."""
    return st.integers(least, 100)

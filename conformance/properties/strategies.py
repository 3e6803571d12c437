"""What properties are asked about: inputs drawn from each formula's domain.

Every number drawn is a short dyadic fraction, k / 2ᵐ, which float32 holds exactly: both dtypes are
asked the same exact question, and shrinking ends at numbers that a person can check by hand.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

Array = np.ndarray[Any, np.dtype[np.float64]]
Shape = tuple[int, ...]


class Pair(NamedTuple):
    """The arguments of a loss."""

    y: Array
    p: Array


class Parameters(NamedTuple):
    """The network's parameters, or a direction among them."""

    W1: Array
    b1: Array
    W2: Array
    b2: Array


class Network(NamedTuple):
    """The arguments of the network's formulas, in the contract's order."""

    X: Array
    y: Array
    W1: Array
    b1: Array
    W2: Array
    b2: Array

    def moved(self, t: float, direction: Parameters) -> Network:
        """Go from here by t times a direction."""
        return self._replace(
            **{name: getattr(self, name) + t * d for name, d in direction._asdict().items()}
        )

    def with_units(self, units: list[int]) -> Network:
        """Put the hidden units into another order."""
        return self._replace(W1=self.W1[:, units], b1=self.b1[:, units], W2=self.W2[units])


def dyadic(low: int, high: int, denominator: int) -> st.SearchStrategy[float]:
    """Draw k / denominator with low ≤ k ≤ high; `denominator` is a power of two."""
    return st.integers(low, high).map(lambda k: k / denominator)


@cache
def grid(shape: Shape, low: int, high: int, denominator: int) -> st.SearchStrategy[Array]:
    """Draw an array of k / denominator with low ≤ k ≤ high; `denominator` is a power of two."""
    # One string of bytes is drawn several times faster than an array entry by entry. Bytes shrink
    # to 0, which is made to stand for the number of the range that is nearest to 0.
    count, simplest = high - low + 1, min(max(low, 0), high)
    length = 4 * math.prod(shape)

    def read(raw: bytes) -> Array:
        drawn = np.frombuffer(raw, ">u4").astype(np.int64).reshape(shape)
        return np.asarray((low + (simplest - low + drawn) % count) / denominator)

    return st.binary(min_size=length, max_size=length).map(read)


@cache
def shapes() -> st.SearchStrategy[Shape]:
    """Draw the shape of a small vector or matrix."""
    side = st.integers(1, 4)
    return st.tuples(side) | st.tuples(side, side)


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
    cuts = draw(grid((rows, classes - 1), 0, spare, 1))
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
def networks(draw: st.DrawFn, *, kink: bool = False, hard: bool = False) -> Network:
    """Draw a network and its data, with every hidden unit off its kink and no output saturated.

    X W1 is a multiple of 1/64 and b1 an odd multiple of 1/128, so no z1 comes nearer to 0 than
    `KINK`. |z1| ≤ 2 and |z2| ≤ 4.5 are exact in float32, in any order of summation: what a property
    sees is the formula, not rounding on the way to it. With `kink`, the first sample and the first
    bias are 0, as in XOR, so that z1 = 0 there; `hard` labels are 0 and 1.
    """
    n, d, h, k = (draw(st.integers(1, most)) for most in (4, 3, 4, 3))
    hard_labels, soft_labels = grid((n, k), 0, 1, 1), grid((n, k), 0, 8, 8)
    network = Network(
        X=draw(grid((n, d), -8, 8, 8)),
        y=draw(hard_labels if hard else hard_labels | soft_labels),
        W1=draw(grid((d, h), -4, 4, 8)),
        b1=draw(grid((1, h), -32, 31, 64)) + KINK,
        W2=draw(grid((h, k), -4, 4, 8)),
        b2=draw(grid((1, k), -4, 4, 8)),
    )
    if kink:
        network.X[0] = network.b1[0, 0] = 0
    return network


def directions(network: Network) -> st.SearchStrategy[Parameters]:
    """Draw a direction of signs, in which no entry is too small to be seen.

    |z1| moves by at most t (3 · 1 + 1): t ≤ 2⁻¹⁰ · 3/2 takes no hidden unit over its kink.
    """
    return st.builds(
        Parameters,
        *(
            grid(getattr(network, name).shape, 0, 1, 1).map(lambda bits: 2 * bits - 1)
            for name in Parameters._fields
        ),
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

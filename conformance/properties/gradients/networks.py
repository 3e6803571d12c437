"""Random networks by the thousand, and how often the two signals are right about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from gradmark.conformance.properties.gradients.signals import offsets, signals
from gradmark.harness.contract.dtypes import roundoff

Array = np.ndarray
Network = tuple[Array, ...]  # X, y, W1, b1, W2, b2, each with the networks on its first axis

STEP = 2.0**-11  # its stencil takes no hidden unit over a kink that is 2⁻⁷ away
# The relative error planted in one entry of one gradient; a float32 gradient has no 1e-6 to lose.
PLANTED = {"float64": 1e-6, "float32": 1e-3}


def draw(random: np.random.Generator, count: int, n: int, d: int, h: int, k: int) -> Network:
    """Draw networks as the properties do: dyadic numbers, every hidden unit off its kink by 2⁻⁷."""

    def grid(low: int, high: int, denominator: int, *shape: int) -> Array:
        return random.integers(low, high + 1, (count, *shape)) / denominator

    soft = random.uniform(size=(count, 1, 1)) < 0.5
    y = np.where(soft, grid(0, 8, 8, n, k), grid(0, 1, 1, n, k))
    b1 = grid(-32, 31, 64, 1, h) + 2.0**-7
    return (
        grid(-8, 8, 8, n, d),
        y,
        grid(-4, 4, 8, d, h),
        b1,
        grid(-4, 4, 8, h, k),
        grid(-4, 4, 8, 1, k),
    )


def loss(network: Network) -> Array:
    """The networks' cross-entropies, from their logits."""
    X, y, W1, b1, W2, b2 = network
    z2: Array = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    summed: Array = np.sum(np.logaddexp(0, z2) - y * z2, axis=(1, 2))
    mean: Array = summed / X.shape[1]
    return mean


def gradients(network: Network) -> tuple[Array, ...]:
    """The networks' gradients, by backpropagation."""
    X, y, W1, b1, W2, b2 = network
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    dz2 = (1 / (1 + np.exp(-(a1 @ W2 + b2))) - y) / X.shape[1]
    dz1 = dz2 @ W2.swapaxes(1, 2) * (z1 > 0)
    db1, db2 = (np.sum(dz, axis=1, keepdims=True) for dz in (dz1, dz2))
    return X.swapaxes(1, 2) @ dz1, db1, a1.swapaxes(1, 2) @ dz2, db2


@dataclass(frozen=True)
class Tally:
    """What became of a batch of networks.

    `worst` is the largest difference over its resolution. Of the entries that an error was planted
    in, `sizes` are the magnitudes, and `caught` says which were found wrong.
    """

    alarms: int
    worst: float
    orders: Array
    sizes: Array
    caught: Array


def examine(network: Network, random: np.random.Generator, dtype: str) -> Tally:
    """Check each network along one random line, right and with one entry wrong.

    `dtype` is that of the gradients; the loss is float64's, the numbers being exact in either.
    """
    X, y, *parameters = network
    line = [random.choice([-1.0, 1.0], p.shape) for p in parameters]
    found = [g.astype(float) for g in gradients(tuple(part.astype(dtype) for part in network))]
    flat, along = (np.concatenate([p.reshape(len(p), -1) for p in ps], 1) for ps in (found, line))

    def moved(t: float) -> Network:
        return X, y, *(p + t * step for p, step in zip(parameters, line, strict=True))

    values = np.array([loss(moved(t)) for t in offsets(STEP)])
    noise = roundoff("float64") * (1 + np.max(abs(values), axis=0))
    # Of a sure and right answer little is left of 1: an entry may be off by roundoffs of that.
    rounding = roundoff(dtype) * (flat.shape[1] / 8 + np.sum(abs(flat), axis=1))
    slope = np.sum(flat * along, axis=1)
    right = signals(values, slope, STEP, noise=noise, rounding=rounding)

    # One entry that is not zero: a relative error of zero is none.
    weights = np.where(flat != 0, random.uniform(size=flat.shape), -1)
    at = np.arange(len(flat)), np.argmax(weights, axis=1)
    off = PLANTED[dtype] * flat[at] * along[at]
    wrong = signals(values, slope + off, STEP, noise=noise, rounding=rounding)
    return Tally(
        int(np.sum(right.verdict != "right")),
        float(np.max(abs(right.difference) / right.resolution)),
        right.order[np.isfinite(right.order)],
        abs(flat[at]),
        wrong.verdict == "wrong",
    )


def survey(networks: int, seed: int, dtype: str) -> Tally:
    """Examine so many networks of every small shape, and put the tallies together."""
    random = np.random.default_rng(seed)
    shapes = list(product(range(1, 5), range(1, 4), range(1, 5), range(1, 4)))
    tallies = [
        examine(draw(random, count, *shape), random, dtype)
        for shape, count in zip(shapes, _shares(networks, len(shapes)), strict=True)
        if count
    ]
    return Tally(
        sum(tally.alarms for tally in tallies),
        max(tally.worst for tally in tallies),
        *(np.concatenate(parts) for parts in zip(*map(_arrays, tallies), strict=True)),
    )


def _arrays(tally: Tally) -> tuple[Array, Array, Array]:
    return tally.orders, tally.sizes, tally.caught


def _shares(whole: int, parts: int) -> Iterator[int]:
    for part in range(parts):
        yield whole * (part + 1) // parts - whole * part // parts

"""Networks of any depth: of one layer and of many, square and not, sure and unsure at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes, signed
from gradmark.conformance.cases.own import case, points, special

NAMES = ("mlp_loss", "mlp_gradients")
CLEAR = 1 / 16  # how near its kink a hidden unit may come, but for those that are at it


def _drawn(draw: Draw, n: int, widths: Sequence[int]) -> tuple[Any, ...]:
    """Draw samples and layers of short fractions, with every hidden unit off its kink.

    Their products and sums are exact, so that no order of summation moves a unit over it.
    """

    def quarters(*shape: int) -> np.ndarray:
        return np.round(draw.normal(size=shape) * 4) / 4

    while True:
        X = quarters(n, widths[0])
        weights = [quarters(d, h) for d, h in pairwise(widths)]
        biases = [quarters(1, h) for h in widths[1:]]
        if _off_the_kinks(X, weights, biases):
            return X, weights, biases


def _off_the_kinks(X: np.ndarray, weights: list[np.ndarray], biases: list[np.ndarray]) -> bool:
    a = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        z = a @ W + b
        if np.any(abs(z) < CLEAR):
            return False
        a = np.maximum(z, 0)
    return True


def _classes(draw: Draw, n: int, k: int) -> np.ndarray:
    return np.eye(k)[draw.integers(0, k, n)]


def _handed_on(logits: np.ndarray) -> tuple[Any, ...]:
    """Give a network that puts out its input: ReLU(x) − ReLU(−x) = x."""
    k = logits.shape[1]
    both, zero = np.hstack([np.eye(k), -np.eye(k)]), np.zeros((1, 2 * k))
    return logits, [both, both.T], [zero, zero[:, :k]]


def _networks(draw: Draw) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Give the arguments of both formulas, small ones first."""

    def asked(network: tuple[Any, ...], y: Any) -> tuple[Any, ...]:
        X, weights, biases = network
        return X, np.asarray(y, float), weights, biases

    for name, n, widths in (
        ("one-sample", 1, (2, 3, 2)),
        ("one-layer", 3, (2, 3)),
        ("two-layers", 4, (3, 4, 2)),
        ("square-layers", 3, (3, 3, 3, 3)),
        ("three-layers", 5, (2, 4, 3, 4)),
        ("five-layers", 3, (3, 4, 3, 3, 2, 2)),
    ):
        yield name, asked(_drawn(draw, n, widths), _classes(draw, n, widths[-1]))
    # Nothing goes in and no bias is added: every hidden unit is exactly at its kink.
    X, weights, biases = _drawn(draw, 3, (2, 3, 3))
    X[0], biases[0] = 0, 0 * biases[0]
    assert _off_the_kinks(X[1:], weights, biases)  # as this draw is
    yield "at-the-kink", asked((X, weights, biases), np.eye(3))
    # A leak of a hundredth, and a penalty of a thousandth, show in every dtype.
    loud = [np.array([[-64.0, 1.0]]), np.array([[4.0, -4.0], [1.0, 0.5]])]
    rows = [np.array([[0.0, 0.25]]), np.array([[0.5, 0.0]])]
    yield "loud-unit-that-is-off", asked((np.array([[1.0]]), loud, rows), [[1, 0]])
    soft = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.0, 0.5, 0.5]])
    yield "soft-labels", asked(_drawn(draw, 3, (2, 4, 3)), soft)
    odd = [[0.5, 0.25, 0.0], [1.0, 1.0, 0.0], [0.0, 0.75, 1.0]]
    yield "labels-that-do-not-sum-to-1", asked(_drawn(draw, 3, (2, 4, 3)), odd)
    ignored = [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]]
    yield "row-without-label", asked(_drawn(draw, 4, (2, 3, 3)), ignored)
    for name, logits, y in (
        ("sure", [[12.0, -12.0], [-12.0, 12.0]], [[1, 0], [1, 0]]),
        ("next-to-the-guards", np.diag([-16.0, -19.0, -22.0, -28.0]), np.eye(4)),
        ("overflow", [[1000.0, 0.0]], [[1, 0]]),
        ("underflow", [[-1000.0, -999.0], [0.0, -800.0]], [[1, 0], [0, 1]]),
        ("wide", [[-200.0, 100.0, 50.0], [300.0, -300.0, 0.0]], np.eye(3)[[2, 0]]),
        ("far-from-zero", [[100.5, 101.0, 99.0]], [[1, 0, 0]]),
    ):
        yield name, asked(_handed_on(np.array(logits)), y)
    yield "large", asked(_drawn_far(draw, 131, (7, 13, 5)), _classes(draw, 131, 5))


def _drawn_far(draw: Draw, n: int, widths: Sequence[int]) -> tuple[Any, ...]:
    """Draw many samples: biases of an odd eighth keep what is in quarters off the kinks."""
    X = draw.integers(-4, 5, (n, widths[0])) / 2
    weights = [draw.integers(-2, 3, (d, h)) / 2 for d, h in pairwise(widths)]
    biases = [draw.integers(-4, 4, (1, h)) / 4 + 0.125 for h in widths[1:]]
    return X, weights, biases


def _made(name: str) -> None:
    @special(name)
    def made(draw: Draw) -> Iterator[Case]:
        for called, arguments in _networks(draw):
            yield case(name, called, *arguments)

    @points(name)
    def logits_of_every_size(dtype: str, draw: Draw) -> Iterator[Arguments]:
        """Give one logit every distance from the others; then networks at random."""
        del dtype
        for distance in (0.0, *signed(magnitudes(draw, 1e-6, 1e3, 12))):
            X, weights, biases = _handed_on(np.array([[distance, 0.0, -0.5]]))
            yield X, np.array([[1.0, 0.0, 0.0]]), weights, biases
        for place in range(24):
            n, widths = 4, ((2, 3, 3), (3, 4, 3, 2), (2, 4))[place % 3]
            X, weights, biases = _drawn(draw, n, widths)
            yield X, _classes(draw, n, widths[-1]), weights, biases


for _name in NAMES:
    _made(_name)

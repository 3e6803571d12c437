"""Gradients of a batch in parts: of one size and of several, one part and many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes
from gradmark.conformance.cases.own import case, points, special
from gradmark.harness.contract.dtypes import tiny

NAME = "accumulate_gradients"
MANY = 1031  # a prime


@special(NAME)
def parts(draw: Draw) -> Iterator[Case]:
    """Ask few parts and many, of one length and of several, as token counts are."""
    pair = [np.array([1.0, -2.0]), np.array([4.0, 0.5])]
    yield case(NAME, "pair", pair, [1, 3])
    yield case(NAME, "one", [np.array([3.0, -1.0])], [5])
    yield case(NAME, "alike", pair, [2, 2])
    yield case(NAME, "numbers", [np.array(2.0), np.array(-1.0), np.array(0.5)], [1, 2, 5])
    yield case(NAME, "zero-among-others", [np.zeros(3), np.array([1.0, -2.0, 0.25])], [7, 1])
    yield case(NAME, "last-part-short", [draw.normal(size=4) for _ in range(4)], [32, 32, 32, 5])
    yield case(NAME, "tokens", [draw.normal(size=(2, 3)) for _ in range(3)], [811, 12, 2047])
    yield case(NAME, "cancelling", [np.array([2.0, 1.0]), np.array([-1.0, -0.5])], [1, 2])
    yield case(NAME, "many", [draw.normal(size=2) for _ in range(16)], [*range(1, 17)])
    yield case(NAME, "cube", [draw.normal(size=(2, 1, 2)) for _ in range(2)], [3, 1])
    for size in (1e-6, 1e4):
        yield case(NAME, f"of-{size:g}", [draw.normal(size=3) * size for _ in range(3)], [6, 1, 4])
    yield case(NAME, "empty", [np.zeros((0, 2)), np.zeros((0, 2))], [1, 2])
    yield case(NAME, "large", [draw.normal(size=MANY), draw.normal(size=MANY)], [9, 4])


@points(NAME)
def lists(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give gradients of every size, and counts far apart."""
    for size in magnitudes(draw, max(1e-9, 2 * tiny(dtype)), 1e9, 24):
        counts = [int(n) for n in 10 ** draw.uniform(0, 3, 3)]
        yield [draw.normal(size=4) * size for _ in counts], counts

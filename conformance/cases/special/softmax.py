"""Softmax and its logarithm: rows of every kind, alone and in a table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

ROWS = {
    "equal": [[0.0, 0.0]],
    "one-row": [[1.0, 2.0, 3.0]],
    "vector": [0.5, -1.0, 2.0],
    "two-rows": [[0.25, -1.5, 0.5], [2.0, 0.5, -0.25]],
    "square": [[0.5, -0.25], [1.5, 2.0]],
    # A constant added to a row changes nothing, however large it is.
    "far-from-zero": [[100.5, 101.0, 99.0]],
    "one-rules": [[12.0, -12.0], [-30.0, 30.0]],
    # Where exponentials overflow, and where they are no longer above zero.
    "overflow": [[1000.0, 0.0]],
    "underflow": [[-1000.0, -999.0], [0.0, -800.0]],
    "rows-far-apart": [[1000.0, 999.0], [-1000.0, -1001.0]],
    "wide": [[-200.0, 100.0, 50.0], [300.0, -300.0, 0.0]],
}


@special("softmax")
def of_softmax(draw: Draw) -> Iterator[Case]:
    """Ask softmax."""
    return _asked("softmax", draw)


@special("log_softmax")
def of_log_softmax(draw: Draw) -> Iterator[Case]:
    """Ask its logarithm."""
    return _asked("log_softmax", draw)


def _asked(formula: str, draw: Draw) -> Iterator[Case]:
    for name, z in ROWS.items():
        yield case(formula, name, np.array(z, dtype=float))
    yield case(formula, "drawn", draw.normal(scale=2, size=(5, 4)))

"""The large cases of each formula: what shows only where there is much of something.

Code takes large inputs apart: into vectors of a processor, blocks of a sum, batches, threads. What
is left over at the end, and what is past some size, is asked here. No length is a multiple of
anything: 4099, 1367 and 131 are prime, so that every batch size leaves a smaller last one. In a
loss the last few entries carry much of the sum: the rounding of so many terms may hide one that is
like all others. What has many entries of its own repeats some numbers: the truth about a number is
worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zlib import crc32

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw, beginning_exactly, log
from gradmark.harness.contract import CONTRACT, Formula

MANY, ROWS, SAMPLES = 4099, 1367, 131
FEWER, FEWER_ROWS = 1229, 409  # of what costs more to evaluate
DIFFERENT = 251  # numbers, which come again and again
LAST = 7
INPUTS, HIDDEN, OUTPUTS = 5, 37, 3
# Classes of one row: primes, past the 64 that vectors of a processor come to, and past blocks.
CLASSES = {"many-classes": 71, "most-classes": 1231}

Arguments = tuple[Any, ...]


def _squared(draw: Draw) -> Arguments:
    y, off = draw.normal(size=MANY), draw.normal(size=MANY)
    off[-LAST:] *= 40
    return y, y + off


def _binary(draw: Draw) -> Arguments:
    y = (draw.uniform(size=MANY) < 0.5).astype(float)
    off = draw.uniform(0.01, 0.1, size=MANY)
    off[-LAST:] = 1 - 2.0**-20
    return y, abs(y - off)


def _surely(draw: Draw, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Draw classes, and where logits point: at them, but in the last few rows."""
    right = draw.integers(0, 3, rows)
    told = np.where(np.arange(rows) < rows - LAST, right, (right + 1) % 3)
    return np.eye(3)[right], np.eye(3)[told]


def _of_labelled_logits(draw: Draw) -> Arguments:
    y = (draw.uniform(size=FEWER) < 0.5).astype(float)
    z = (2 * y - 1) * draw.uniform(1, 4, size=FEWER)
    z[-LAST:] *= -40
    return y, z


def _of_margins(draw: Draw) -> Arguments:
    """Draw how far labels are kept, as densely as a margin of one's own is told by."""
    y = np.where(draw.uniform(size=FEWER) < 0.5, -1.0, 1.0)
    kept = np.exp(draw.uniform(np.log(0.01), np.log(12), size=FEWER))
    kept[-LAST:] *= -40
    return y, y * kept


def _of_log_probabilities(draw: Draw) -> Arguments:
    y, told = _surely(draw, FEWER_ROWS)
    return y, log(0.97 * told + 0.03 * draw.dirichlet(np.ones(3), size=FEWER_ROWS))


def _of_rows(draw: Draw) -> Arguments:
    return (draw.normal(scale=3, size=(FEWER_ROWS, 3)),)


def _categorical(draw: Draw) -> Arguments:
    y, told = _surely(draw)
    p = 0.97 * told + 0.03 * draw.dirichlet(np.ones(3), size=ROWS)
    return y, p


def _logits(draw: Draw) -> Arguments:
    y, told = _surely(draw)
    return y, 8 * told + draw.normal(size=(ROWS, 3))


def _entries(numbers: np.ndarray) -> Arguments:
    return (np.resize(numbers, MANY),)


def _of_weights(draw: Draw) -> Arguments:
    (w,) = _entries(draw.normal(scale=3, size=DIFFERENT))
    w[-LAST:] *= 40
    return (w,)


def _of_a_network(draw: Draw) -> Arguments:
    """Draw on a grid of 1/64, as the small networks: no unit is at its kink by rounding only."""

    def grid(*shape: int) -> np.ndarray:
        return np.round(draw.normal(size=shape) * 64) / 64

    y = (draw.uniform(size=(SAMPLES, OUTPUTS)) < 0.5).astype(float)
    W1, W2 = grid(INPUTS, HIDDEN), grid(HIDDEN, OUTPUTS) / 8
    return grid(SAMPLES, INPUTS), y, W1, grid(1, HIDDEN), W2, grid(1, OUTPUTS)


# By the roles of the arrays.
ARGUMENTS: Mapping[tuple[str, ...], Callable[[Draw], Arguments]] = {
    ("logit",): lambda draw: _entries(draw.normal(scale=3, size=DIFFERENT)),
    ("probability",): lambda draw: _entries(draw.uniform(size=DIFFERENT)),
    ("data",): _of_weights,
    ("row logit",): _of_rows,
    ("target", "data"): _squared,
    ("label", "probability"): _binary,
    ("label", "logit"): _of_labelled_logits,
    ("signed label", "data"): _of_margins,
    ("class label", "class probability"): _categorical,
    ("class label", "class log probability"): _of_log_probabilities,
    ("class label", "class logit"): _logits,
    CONTRACT["compute_loss"].array_roles: _of_a_network,
}


def _wide_labels(draw: Draw, classes: int) -> np.ndarray:
    """Draw a row of many classes, of which one of the last is right."""
    return np.eye(1, classes, classes - 1 - int(draw.integers(0, LAST)))


def _wide_logits(draw: Draw, classes: int) -> np.ndarray:
    return draw.normal(scale=2, size=(1, classes))


def _wide_shares(draw: Draw, classes: int) -> np.ndarray:
    return draw.dirichlet(np.full(classes, 0.5), size=1) * 0.75 + 0.25 / classes


# What is long along its last axis, over which these sum.
WIDE: Mapping[tuple[str, ...], Callable[[Draw, int], Arguments]] = {
    ("row logit",): lambda d, n: (_wide_logits(d, n),),
    ("class label", "class probability"): lambda d, n: (_wide_labels(d, n), _wide_shares(d, n)),
    ("class label", "class log probability"): lambda d, n: (
        _wide_labels(d, n),
        log(_wide_shares(d, n)),
    ),
    ("class label", "class logit"): lambda d, n: (_wide_labels(d, n), _wide_logits(d, n)),
}


def make(row: Formula, seed: int) -> Iterator[Case]:
    """Make the large cases of one formula, where there is something that can be large."""
    draw = np.random.default_rng([seed, crc32(f"{row.name}, large".encode())])
    if row.stepped:
        weights, gradients = draw.normal(size=MANY), beginning_exactly(draw.normal(size=(2, MANY)))
        yield Case(row.name, "large", (weights, gradients, [0.01] * 2), row.settings(0))
    elif row.array_roles in ARGUMENTS:
        arrays = ARGUMENTS[row.array_roles](draw)
        yield Case(row.name, "large", (*arrays, *row.numbers(1)))
    for name, classes in CLASSES.items() if row.array_roles in WIDE else ():
        yield Case(row.name, name, (*WIDE[row.array_roles](draw, classes), *row.numbers(1)))

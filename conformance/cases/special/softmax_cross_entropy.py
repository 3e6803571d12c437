"""Softmax cross-entropy: rows one-hot and soft, logits of every size, labels smoothed or not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes, signed
from gradmark.conformance.cases.own import case, points, special

NAME = "softmax_cross_entropy"


@special(NAME)
def rows(draw: Draw) -> Iterator[Case]:
    """Ask rows of every kind, small ones first."""

    def asked(name: str, y: object, z: object, smoothing: float = 0.0) -> Case:
        return case(NAME, name, np.array(y, dtype=float), np.array(z, dtype=float), smoothing)

    yield asked("equal-logits", [[0, 1]], [[0.0, 0.0]])
    yield asked("one-row", [[0, 0, 1]], [[1.0, 2.0, 3.0]])
    yield asked("one-row-smoothed", [[1, 0, 0]], [[1.0, 0.5, -2.0]], 0.1)
    yield asked("vector", [0, 1, 0], [0.5, -1.0, 2.0])
    yield asked("vector-smoothed", [0, 0, 1, 0], [0.5, -1.0, 2.0, 0.25], 0.3)
    yield asked("two-classes-smoothed", [[1, 0], [0, 1]], [[0.25, -1.5], [2.0, 0.5]], 0.5)
    yield asked("all-smoothed", [[1, 0, 0]], [[1.0, 2.0, 4.0]], 1.0)
    yield asked("drawn", np.eye(4)[draw.integers(0, 4, 6)], draw.normal(size=(6, 4)))
    soft = draw.dirichlet(np.ones(3), size=5)
    yield asked("soft-labels", soft, draw.normal(scale=2, size=(5, 3)))
    yield asked("soft-labels-smoothed", soft, draw.normal(scale=2, size=(5, 3)), 0.25)
    # A mean of means is another number where the parts are of other sizes, in every dtype.
    yield asked("last-row-lost", [[1, 0]] * 3, [[4.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    # Labels that sum to something else than 1, and a row that has none.
    yield asked("unnormalised", [[0.5, 0.25, 0.0], [1.0, 1.0, 0.0]], draw.normal(size=(2, 3)))
    yield asked("row-without-label", [[0, 1, 0], [0, 0, 0]], [[1.0, 0.5, 0.25], [2.0, -1.0, 0.5]])
    yield asked(
        "row-without-label-smoothed",
        [[0, 1], [0, 0], [1, 0]],
        [[1.5, 0.5], [6.0, -6.0], [0.25, 1]],  # so far apart that the share of it shows in float16
        0.2,
    )
    # A constant added to a row changes nothing, however large it is.
    yield asked("far-from-zero", [[1, 0, 0]], [[100.5, 101.0, 99.0]])
    yield asked("sure-and-right", [[1, 0]], [[12.0, -12.0]])
    yield asked("sure-and-wrong", [[0, 1]], [[12.0, -12.0]])
    # What guards the logarithm shows only below the guard.
    yield asked("next-to-the-guards", np.eye(4), np.diag([-16.0, -19.0, -22.0, -28.0]))
    # Where exponentials overflow, and where they are no longer above zero.
    yield asked("overflow", [[1, 0]], [[1000.0, 0.0]])
    yield asked("underflow", [[1, 0], [0, 1]], [[-1000.0, -999.0], [0.0, -800.0]])
    yield asked("wide", np.eye(3)[[2, 0]], [[-200.0, 100.0, 50.0], [300.0, -300.0, 0.0]], 0.1)


@points(NAME)
@points("softmax_cross_entropy_grad")
def differences(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give one logit every distance from the others, on both sides; then rows at random."""
    del dtype
    label = np.array([[1.0, 0.0, 0.0]])
    for distance in (0.0, *signed(magnitudes(draw, 1e-6, 1e3, 16))):
        yield label, np.array([[distance, 0.0, -0.5]]), 0.0
    for place in range(24):
        hard, soft = np.eye(3)[draw.integers(0, 3, 4)], draw.dirichlet(np.ones(3), 4)
        y = hard if place % 2 else soft
        yield y, draw.normal(scale=3, size=(4, 3)), (0.0, 0.1, 0.5)[place % 3]

"""Cases of the optimizers: whole trajectories under a fixed list of gradients.

Where ε stands shows only for gradients near it; where the learning rate stands shows only when
it changes; what t starts at shows only in the first steps, and what it is capped at only late.
A hyperparameter that the code ignores shows only away from its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.harness.contract import CONTRACT, Formula

Hyper = Mapping[str, float]

# Drawn one after the other from one stream. Each that came later has a stream of its own, so that
# none moves another's cases.
OF_ONE_STREAM = ("SGD", "SGDMomentum", "RMSprop", "Adam")


def _of(row: Formula, draw: np.random.Generator) -> list[Case]:
    usual, unusual, extreme = (row.settings(place) for place in range(3))
    # A decay by the rate's share of the first, as some have it, would be one of 5000 times as much.
    lasting = {p.name: 0.0 for p in row.hyperparameters if p.role == "weight decay"}
    steady = usual | lasting

    def case(
        name: str, w: np.ndarray, gradients: np.ndarray, rates: list[float], hyper: Hyper
    ) -> Case:
        return Case(row.name, name, (w, gradients, np.array(rates).tolist()), hyper)

    signs = np.where(draw.uniform(size=(12, 2, 3)) < 0.5, -1.0, 1.0)
    # Powers of two are exact on every machine; and a variance that is zero, s − ḡ² after one step,
    # comes out as zero, and not as a rounding below it, whose root is NaN.
    reach = 80 // row.degree  # float32 has the range for their highest power
    wide = np.ldexp(signs, draw.integers(-reach, reach, size=(12, 2, 3)))
    wide[draw.uniform(size=wide.shape) < 0.2] = 0.0
    most = float(10 ** (24 // row.degree))
    wide[1, 0, :2] = most, -1 / most
    long = np.where(np.arange(1100) % 7 < 4, 1.0, -0.75)[:, None]
    return [
        case("first-step", np.array([0.0]), np.array([[0.5]]), [0.1], usual),
        case("two-steps", np.array([1.0]), np.array([[0.5], [-0.25]]), [0.1, 0.1], usual),
        # Every part of a formula has its say, at values where none is like another.
        case(
            "everything-at-once",
            np.array([0.15, -0.3]),
            np.array([[0.7, -0.2], [-0.3, 0.05], [0.4, 0.0], [1.3, -0.6], [-2.5, 0.3]]),
            [0.1, 0.1, 0.4, 0.02, 0.02],
            extreme,
        ),
        case(
            "rate-changes",
            np.array([0.0, 1.0]),
            np.array([[1.0, -0.5]] * 6),
            [0.1, 0.1, 0.1, 0.01, 0.01, 0.2],
            usual,
        ),
        # A share of the weights, be it 0.0001, shows only beside a step that is small.
        case("large-rate", np.array([2.0, -3.0]), np.full((2, 2), 1e-4), [100.0, 50.0], extreme),
        case("scalar", np.array(0.5), draw.normal(size=5), [0.05] * 5, unusual),
        case(
            "zero-gradients",
            np.array([1.0, -1.0]),
            np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.0], [-1.0, 0.0]]),
            [0.1] * 4,
            usual,
        ),
        case("empty", np.zeros(0), np.zeros((3, 0)), [0.1] * 3, usual),
        case(
            "near-epsilon",
            np.zeros(3),
            draw.normal(size=(10, 3)) * np.array([1e-3, 1e-2, 1e-1]),
            [0.1] * 10,
            unusual,
        ),
        case("default-epsilon", np.zeros(2), draw.normal(size=(8, 2)) * 1e-8, [0.1] * 8, usual),
        case("ordinary", draw.normal(size=4), draw.normal(size=(20, 4)), [0.01] * 20, usual),
        case("cube", draw.normal(size=(2, 1, 2)), draw.normal(size=(3, 2, 1, 2)), [0.1] * 3, usual),
        # Below the normal numbers of float64 and of float32: hardware may take them for zero.
        case(
            "subnormal",
            np.array([1.0, -1.0, 0.5]),
            np.array([[0.5, -0.25, 0.125], [3e-310, 1e-40, -0.5], [-2e-320, -7e-45, 0.25]]),
            [0.1] * 3,
            usual,
        ),
        case("wide", np.zeros((2, 3)), wide, [1e-3] * 12, usual),
        # Small steps until the counter has passed 1000: what comes then is not lost in rounding.
        case("long-run", np.zeros(1), long, [1e-5] * 1000 + [0.05] * 100, steady),
    ]


def make(seed: int) -> dict[str, list[Case]]:
    """Make the cases of every optimizer."""
    one_stream = np.random.default_rng(seed + 2)
    table = {}
    for row in CONTRACT.values():
        if row.stepped:
            own = np.random.default_rng([seed + 2, crc32(row.name.encode())])
            table[row.name] = _of(row, one_stream if row.name in OF_ONE_STREAM else own)
    return table

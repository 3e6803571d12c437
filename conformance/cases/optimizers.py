"""Cases of the optimizers: whole trajectories under a fixed list of gradients.

Where ε stands shows only for gradients near it; where the learning rate stands shows only when
it changes; what t starts at shows only in the first steps, and what it is capped at only late.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from conformance.cases.case import Case

HYPER: dict[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    # the article's defaults, and values that are nobody's default
    "SGD": ({}, {}),
    "SGDMomentum": ({"momentum": 0.9}, {"momentum": 0.7}),
    "RMSprop": ({"beta": 0.9, "epsilon": 1e-8}, {"beta": 0.75, "epsilon": 1e-2}),
    "Adam": (
        {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2},
    ),
}


def _of(optimizer: str, draw: np.random.Generator) -> list[Case]:
    usual, unusual = HYPER[optimizer]

    def case(
        name: str,
        w: np.ndarray,
        gradients: np.ndarray,
        rates: list[float],
        hyper: Mapping[str, float],
    ) -> Case:
        return Case(optimizer, name, (w, gradients, np.array(rates).tolist()), hyper)

    signs = np.where(draw.uniform(size=(24, 2, 3)) < 0.5, -1.0, 1.0)
    wide = signs * 10.0 ** draw.uniform(-12, 12, size=(24, 2, 3))
    wide[draw.uniform(size=wide.shape) < 0.2] = 0.0
    long = np.where(np.arange(1100) % 7 < 4, 1.0, -0.75)[:, None] * np.array([1.0, 1e-3])
    return [
        case("first-step", np.array([0.0]), np.array([[0.5]]), [0.1], usual),
        case("two-steps", np.array([1.0]), np.array([[0.5], [-0.25]]), [0.1, 0.1], usual),
        case(
            "rate-changes",
            np.array([0.0, 1.0]),
            np.array([[1.0, -0.5]] * 6),
            [0.1, 0.1, 0.1, 0.01, 0.01, 0.2],
            usual,
        ),
        case("scalar", np.array(0.5), draw.normal(size=5), [0.05] * 5, unusual),
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
        case("wide", np.zeros((2, 3)), wide, [1e-3] * 24, usual),
        case("long-run", np.zeros(2), long, [0.01] * 1000 + [0.002] * 100, usual),
    ]


def make(seed: int) -> dict[str, list[Case]]:
    """Make the cases of every optimizer."""
    draw = np.random.default_rng(seed + 2)
    return {optimizer: _of(optimizer, draw) for optimizer in HYPER}

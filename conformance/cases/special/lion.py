"""Lion: what is decayed, and which way a weight goes, beside what every optimizer is asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

USUAL = {"beta1": 0.9, "beta2": 0.99}


@special("Lion")
def decays(draw: Draw) -> Iterator[Case]:
    """Ask how weights decay while they are stepped by a rate that changes."""
    w = np.array([4.0, -3.0, 0.5])
    still = np.zeros((3, 3))
    yield case("Lion", "no-gradient", w, still, [0.5, 0.5, 0.25], weight_decay=0.25, **USUAL)
    yield case("Lion", "schedule", w, draw.normal(size=(5, 3)), [0.1, 0.2, 0.3, 0.05, 0.01],
               weight_decay=0.75, **USUAL)  # fmt: skip
    # Heavy weights: a decay that stands inside the sign turns it.
    heavy = np.array([40.0, -30.0, 5.0])
    yield case("Lion", "heavy", heavy, draw.normal(size=(4, 3)), [0.5, 0.5, 0.25, 0.25],
               weight_decay=0.3, **USUAL)  # fmt: skip


@special("Lion")
def directions(draw: Draw) -> Iterator[Case]:
    """Ask mixtures beyond ±1, and gradients against which the memory holds."""
    turning = draw.normal(size=(6, 3)) * np.array([30.0, 3.0, 0.3])
    yield case("Lion", "turning", np.zeros(3), turning, [0.125] * 6, weight_decay=0.0, **USUAL)

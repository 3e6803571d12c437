"""AdamW: what separates its decays, beside the trajectories that every optimizer is asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

USUAL = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


@special("AdamW")
def decays(draw: Draw) -> Iterator[Case]:
    """Ask what is decayed, when, and by how much."""
    w = np.array([4.0, -3.0, 0.5])
    still = np.zeros((3, 3))
    yield case("AdamW", "no-gradient", w, still, [0.5, 0.5, 0.25], weight_decay=0.25, **USUAL)
    yield case("AdamW", "no-decay", w, draw.normal(size=(4, 3)), [0.1] * 4, weight_decay=0.0,
               **USUAL)  # fmt: skip
    # Whether the step is decayed, too, shows where η λ is no small number.
    yield case("AdamW", "heavy", w, draw.normal(size=(4, 3)), [0.5, 0.5, 0.25, 0.25],
               weight_decay=0.75, **USUAL)  # fmt: skip
    # A schedule: three dialects differ in what the decay makes of it.
    yield case("AdamW", "schedule", w, draw.normal(size=(5, 3)), [0.1, 0.2, 0.3, 0.05, 0.01],
               weight_decay=0.1, **USUAL)  # fmt: skip

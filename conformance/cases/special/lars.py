"""LARS: gradients so short that an ε beside their norm shows, beside what is asked of all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

USUAL = {"momentum": 0.9, "trust_coefficient": 0.001}


@special("LARS")
def short_gradients(draw: Draw) -> Iterator[Case]:
    """Ask norms of 1e-8 and of 1e-7: an ε is believed of three answers."""
    for name, size in (("shortest", 1e-8), ("shorter", 1e-7)):
        gradients = draw.normal(size=(3, 2)) * size
        yield case("LARS", name, np.array([1.5, -0.5]), gradients, [0.5] * 3,
                   weight_decay=0.0, **USUAL)  # fmt: skip

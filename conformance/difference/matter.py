"""How much a difference matters, by a rule that is stated with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradmark.conformance.difference.training import Run

Weight = Literal["negligible", "visible", "a different run"]
NEGLIGIBLE, VISIBLE = 1e-3, 0.1
RULE = (
    "negligible: in no problem and at no step are the weights further apart than 0.1 % of the "
    "longest way that the first's go; visible: than 10 %; else, or if one of them alone diverges, "
    "a different run"
)


@dataclass(frozen=True)
class Matter:
    """How far apart training gets, at worst."""

    weight: Weight
    worst: float
    problem: str
    step: int
    runs: Sequence[Run]

    def __str__(self) -> str:
        if not np.isfinite(self.worst):
            return f"{self.weight}: one of the two diverges ({self.problem}, step {self.step})"
        if not self.worst:
            return f"{self.weight}: no weight differs in any of {len(self.runs)} problems"
        where = f"({self.problem}, step {self.step})"
        return f"{self.weight}: weights are up to {percent(self.worst)} of the way apart {where}"


def matter(runs: Sequence[Run]) -> Matter | None:
    """Weigh what training showed; None where nothing was trained."""
    if not runs:
        return None
    worst = max(runs, key=lambda run: float(run.apart.max()))
    apart = worst.apart
    most = float(apart.max())
    return Matter(weight(most), most, worst.problem, int(np.argmax(apart)) + 1, runs)


def percent(share: float) -> str:
    """Spell a share.

    >>> percent(0.0532), percent(0.9999), percent(1.77)
    ('5.3 %', '100 %', '177 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.995 else f"{100 * share:.2g} %"


def weight(apart: float) -> Weight:
    """Apply the rule.

    >>> weight(0.0002), weight(0.05), weight(float("inf"))
    ('negligible', 'visible', 'a different run')
    """
    if apart <= NEGLIGIBLE:
        return "negligible"
    return "visible" if apart <= VISIBLE else "a different run"

"""How well one form explains a contender's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.compare import Comparison
from gradmark.conformance.judging.constants import Constant
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.flat import flat


@dataclass(frozen=True)
class Fit:
    """How well one form explains all answers.

    `excess` is the worst error over what is allowed: up to 1 the form is followed. `explained`
    says whether worse arithmetic (float32, cancellation) could still be all there is to it;
    `misses` is the share of cases with an error that is not allowed, among those with any error.
    `lost` is the first miss that is no number at all.
    """

    variant: Variant
    excess: float
    explained: bool
    ulp: float
    misses: float
    first_miss: Evidence | None = None
    worst_miss: Evidence | None = None
    lost: Evidence | None = None
    constant: Constant | None = None  # of a form that was fitted

    @property
    def level(self) -> int:
        """0: followed; 1: followed in worse arithmetic; 2: something else."""
        return 0 if self.excess <= 1 else 1 if self.explained else 2


def fit(variant: Variant, asked: Sequence[Case], answers: Sequence[np.ndarray]) -> Fit:
    """Compare one form with all answers; one that is not canonical is dropped once refuted."""
    compared = Comparison(variant, asked, answers)
    compared.run()
    found = compared.found
    over = found.excess > 1
    missed, differing = compared.cases_with(over), compared.cases_with(found.ulp != 0)
    first = worst = lost = None
    no_number = over & ~np.isfinite(compared.got)
    if no_number.any():
        lost = compared.evidence(int(np.argmax(no_number)))
    if missed:
        # What worse arithmetic explains is not what is wrong, where something else is.
        wrong = over & ~found.explained
        first = compared.evidence(int(np.argmax(wrong if wrong.any() else over)))
        worst = compared.evidence(int(np.argmax(np.where(over, found.excess, 0))))
    return Fit(
        variant,
        float(np.fmax.reduce(found.excess, initial=0.0)),
        bool(found.explained.all()),
        float(np.fmax.reduce(found.ulp, initial=0.0)),
        missed / max(differing, 1),
        first,
        worst,
        lost,
    )


def far_off(variant: Variant) -> Fit:
    """Return the fit of a form that is known to be far from an answer."""
    return Fit(variant, excess=np.inf, explained=False, ulp=np.inf, misses=1.0)


__all__ = ["Fit", "far_off", "fit", "flat"]

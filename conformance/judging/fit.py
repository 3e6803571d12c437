"""How well one form explains a contender's answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.compare import Comparison, compare
from gradmark.conformance.judging.constants import Constant
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.flat import flat


@dataclass(frozen=True)
class Fit:
    """How well one form explains all answers.

    `excess` is the worst error over what is allowed: up to 1 the form is followed. `explained`
    says whether worse arithmetic (float32, cancellation) could still be all there is to it.
    """

    variant: Variant
    excess: float
    explained: bool
    ulp: float
    compared: Comparison | None = None  # where that was seen
    constant: Constant | None = None  # of a form that was fitted

    @property
    def level(self) -> int:
        """0: followed; 1: followed in worse arithmetic; 2: something else."""
        return 0 if self.excess <= 1 else 1 if self.explained else 2

    @cached_property
    def first_miss(self) -> Evidence | None:
        """The first error that is not allowed."""
        if self.compared is None or not self._over.any():
            return None
        # What worse arithmetic explains is not what is wrong, where something else is.
        wrong = self._over & ~self.compared.found.explained
        return self.compared.evidence(int(np.argmax(wrong if wrong.any() else self._over)))

    @property
    def worst_miss(self) -> Evidence | None:
        """The largest error that is not allowed."""
        if self.compared is None or not self._over.any():
            return None
        excess = self.compared.found.excess
        return self.compared.evidence(int(np.argmax(np.where(self._over, excess, 0))))

    @property
    def lost(self) -> Evidence | None:
        """The first miss that is no number at all."""
        if self.compared is None:
            return None
        no_number = self._over & ~np.isfinite(self.compared.got)
        return self.compared.evidence(int(np.argmax(no_number))) if no_number.any() else None

    @property
    def _over(self) -> np.ndarray:
        assert self.compared is not None
        over: np.ndarray = self.compared.found.excess > 1
        return over


def fit_all(
    forms: Iterable[Variant], asked: Sequence[Case], answers: Sequence[np.ndarray]
) -> list[Fit]:
    """Compare forms with all answers; one that is not canonical is dropped once refuted."""
    return [
        Fit(
            one.variant,
            float(np.fmax.reduce(one.found.excess, initial=0.0)),
            bool(one.found.explained.all()),
            float(np.fmax.reduce(one.found.ulp, initial=0.0)),
            one,
        )
        for one in compare(forms, asked, answers)
    ]


def fit(variant: Variant, asked: Sequence[Case], answers: Sequence[np.ndarray]) -> Fit:
    """Compare one form with all answers."""
    return fit_all([variant], asked, answers)[0]


def far_off(variant: Variant) -> Fit:
    """Return the fit of a form that is known to be far from an answer."""
    return Fit(variant, excess=np.inf, explained=False, ulp=np.inf)


__all__ = ["Fit", "far_off", "fit", "fit_all", "flat"]

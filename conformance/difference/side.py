"""One of the two that are compared: a formula of a contender, as it was judged, and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.judge import Judgement
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.host import ContenderFailure, ContenderImpure

if TYPE_CHECKING:
    from gradmark.conformance.engine.subject import Subject

COMPARABLE = ("conforms", "dialect", "inaccurate", "deviates")


@dataclass(frozen=True)
class Side:
    """A formula of one contender in one dtype."""

    subject: Subject
    formula: str

    @property
    def name(self) -> str:
        """What the contender is called."""
        return self.subject.name

    @cached_property
    def judgement(self) -> Judgement:
        """What it turned out to be."""
        return self.subject.judgement(self.formula)

    @property
    def form(self) -> Variant | None:
        """The form that it follows, if it is a known one."""
        return self.judgement.followed if self.judgement.verdict in COMPARABLE else None

    @property
    def comparable(self) -> bool:
        """Whether it answers at all."""
        return self.judgement.verdict in COMPARABLE

    def pinned(self) -> Mapping[str, float]:
        """Return the constants that are written into its code."""
        bound = self.subject.binding(self.formula)
        return {} if bound is None else bound.pinned

    def answer(self, case: Case) -> np.ndarray | None:
        """Ask it, and return the numbers in a row; nothing where it refuses the question."""
        posed = self.subject.poses(case)
        if posed is None:
            return None
        try:
            return flat(self.subject.answer(posed))
        except ContenderImpure as failure:
            return flat(failure.value)
        except (ContenderFailure, NotAskedError):
            return None

    def states(self, case: Case) -> list[Mapping[str, np.ndarray]]:
        """Run an optimizer, and return what it shows of its state after each step."""
        posed = self.subject.poses(case)
        try:
            shown = list(self._shown(posed)) if posed is not None else []
        except (ContenderFailure, NotAskedError):
            return []
        return shown

    def _shown(self, case: Case) -> Iterator[Mapping[str, np.ndarray]]:
        for state in self.subject.states(case):
            yield {name: np.asarray(value, float) for name, value in state.items()}

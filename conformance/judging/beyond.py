"""What explains answers that no form alone explains: two forms at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Composed, composed
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.fit import Fit, fit
from gradmark.conformance.judging.kept import kept, truth

FIRST = 4  # cases that a composed form is held against before all of them


@dataclass(frozen=True)
class Answers:
    """What was asked in one dtype, and what came back."""

    formula: str
    dtype: str
    asked: Sequence[Case]
    given: Sequence[np.ndarray]

    def fit(self, variant: Composed) -> Fit | None:
        """Fit one form; nothing where one of the first cases refutes it."""
        for case, got in zip(self.asked[:FIRST], self.given, strict=False):
            its, done = truth(variant, case), 0
            while done < len(got):
                if len(its.known) == done:
                    its.grow()
                if entries(its.known[done:], got[done : len(its.known)], case).refuting.any():
                    return None
                done = len(its.known)
        return fit(variant, self.asked, self.given)


def beyond(answers: Answers, fits: Sequence[Fit]) -> list[Fit]:
    """Look for what explains all answers, where no form alone does.

    Where a form explains them in worse arithmetic, two conventions may explain them without: a
    mistake is not looked for.
    """
    level = min(one.level for one in fits)
    if level == 0:
        return []
    every: Iterable[Composed] = composed(answers.formula)
    if level == 1:
        every = (one for one in every if one.kind(answers.dtype) != "mistake")
    found = _first_that_fit(answers, every)
    kept(answers.formula, answers.dtype, composed=True).keep()
    return found


def _first_that_fit(answers: Answers, every: Iterable[Composed]) -> list[Fit]:
    """Fit forms, with as few mistakes as explain all answers."""
    for _, alike in groupby(every, key=lambda one: _mistakes(one, answers.dtype)):
        fits = [fit for one in alike if (fit := answers.fit(one)) is not None]
        followed = [fit for fit in fits if fit.level < 2]
        if followed:
            return followed
    return []


def _mistakes(one: Composed, dtype: str) -> int:
    return sum(its.kind(dtype) == "mistake" for its in one.of)


def against(best: Fit, canonical: Fit, answers: Answers) -> Fit:
    """Return how the form fits that is left without the mistakes: what shows them alone."""
    permitted = None
    if isinstance(best.variant, Composed):
        permitted = best.variant.permitted(answers.dtype)
    if permitted is None:
        return canonical
    return fit(permitted, answers.asked, answers.given)

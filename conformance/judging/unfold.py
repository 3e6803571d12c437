"""The truth about one form on one case: 50-digit numbers, evaluated only as far as they are asked.

An optimizer's form unfolds step by step: a form that is refuted at step 1 is never followed to
step 1100.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from inspect import signature
from itertools import chain, islice
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.truth import Number, exact
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import WIDEST, roundoff

Part = list[Number]  # the entries of one array of the answer, in order: a step, or a gradient


class Unfolding:
    """The parts of an answer, each evaluated when it is first asked for, and kept."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._coming = parts
        self._known: list[Part] = []

    def parts(self) -> Iterator[Part]:
        """Yield one part after another."""
        for at in range(1 << 62):
            if at == len(self._known):
                self._known.extend(islice(self._coming, 1))
            if at == len(self._known):
                return
            yield self._known[at]

    def __iter__(self) -> Iterator[Number]:
        return chain.from_iterable(self.parts())

    def __getitem__(self, at: int) -> Number:
        return next(islice(self, at, None))


@cache
def _truth(formula: str, name: str, case_id: str, dtype: str, rough: bool) -> Unfolding:
    case = next(c for c in cases(formula, dtype) if c.id == case_id)
    return Unfolding(unfold(form(formula, name), case, rough=rough))


def truth(variant: Variant, case: Case, *, rough: bool = False) -> Unfolding:
    """Return what one form answers to a case of the corpus; it is kept for the whole process."""
    return _truth(variant.formula, variant.name, case.id, case.dtype, rough)


def evaluate(variant: Variant, case: Case, *, rough: bool = False) -> list[Number]:
    """Evaluate one form on any case at 50 digits: all entries of all arrays, in order."""
    return list(chain.from_iterable(unfold(variant, case, rough=rough)))


def unfold(variant: Variant, case: Case, *, rough: bool = False) -> Iterator[Part]:
    """Yield the parts of one form's answer to any case, at 50 digits.

    `rough` takes the hyperparameters for data: rounded to the dtype, and computed with in it.
    """
    parts = course(variant, case, rough=rough)
    while True:
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            part = next(parts, None)
        if part is None:
            return
        yield np.asarray(part, dtype=object).ravel().tolist()


def course(variant: Variant, case: Case, *, rough: bool = False) -> Iterator[Any]:
    """Start one form on a case; of an optimizer this is the running body itself."""
    if CONTRACT[case.formula].stepped:
        unit = 1.0 if rough else roundoff(WIDEST) / roundoff(case.dtype)
        w, gradients, rates = case.arguments

        def given(value: float) -> Number:
            return Number(value, error=abs(value) if rough else 0.0, unit=unit)

        hyper = {name: given(value) for name, value in case.hyper.items()}
        steps = variant.body(
            exact(w), [exact(g) for g in gradients], list(map(given, rates)), **hyper
        )
        return iter(steps)
    options = {"dtype": case.dtype} if "dtype" in signature(variant.body).parameters else {}
    arguments = (exact(a) if np.ndim(a) else Number(float(a)) for a in case.arguments)
    with np.errstate(all="ignore"):  # 0 · ∞ is a case, not an accident
        result = variant.body(*arguments, **options)
    return iter(result if isinstance(result, tuple) else (result,))

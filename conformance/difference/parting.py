"""Where the answers of two contenders part: the first question, step, variable and number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getgeneratorlocals
from itertools import zip_longest
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.difference.side import Side
from gradmark.conformance.equations.written import innermost
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import Evidence, mark, plain
from gradmark.conformance.judging.first_wrong import counts, known_variables
from gradmark.conformance.judging.kept import truth_at
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.truth import Numbers
from gradmark.conformance.truth.numbers import ROWS
from gradmark.harness.contract import CONTRACT


@dataclass(frozen=True)
class Parting:
    """The first question at which two answers part."""

    evidence: Evidence  # A's number is what is expected, and B's what was got
    asked: int  # questions that both answered
    differing: int  # those of them that they answer differently
    variable: str = ""
    optional: Case | None = None  # the first of them that sets an option

    @property
    def one(self) -> str:
        """A's number, in the digits of its dtype."""
        return plain(self.evidence.expected, self.evidence.case.dtype)

    @property
    def other(self) -> str:
        """B's number, its digits that differ between brackets."""
        return mark(self.one, plain(self.evidence.got, self.evidence.case.dtype))


def parting(one: Side, other: Side) -> tuple[Parting | None, int]:
    """Put every question to both; return where they part first, and how many both answered.

    Two answers are alike where they differ by no more than two computations of the form that the
    first follows may.
    """
    first: Evidence | None = None
    optional: Case | None = None
    row, asked, differing = CONTRACT[one.formula], 0, 0
    for case in cases(one.formula, one.subject.dtype):
        if case.large:
            continue
        a, b = one.answer(case), other.answer(case)
        if a is None or b is None or a.shape != b.shape:
            continue
        asked += 1
        at = _first_unlike(one, case, a, b)
        if at is None:
            continue
        differing += 1
        first = first or Evidence(case, at, float(a[at]), float(b[at]))
        optional = optional or (case if row.chosen(case.hyper) else None)
    if first is None:
        return None, asked
    return Parting(first, asked, differing, _variable(one, other, first), optional), asked


def _first_unlike(one: Side, case: Case, a: np.ndarray, b: np.ndarray) -> int | None:
    """Return the first number at which two answers differ by more than rounding explains."""
    if np.array_equal(a, b, equal_nan=True):
        return None
    expected = truth_at(one.form or form(one.formula), one.subject.poses(case) or case)
    bound = expected.error if len(expected) == len(a) else np.abs(a)
    # Each of the two may err by as much as one may err from the truth.
    around = Numbers(np.array([a, np.zeros_like(a), 2 * bound, np.abs(a)]).reshape(ROWS, -1))
    unlike = np.flatnonzero(entries(around, b, case).excess > 1)
    return int(unlike[0]) if unlike.size else None


# --- the variable ---------------------------------------------------------------------------------


def _variable(one: Side, other: Side, first: Evidence) -> str:
    """Say which variable of two optimizers parts first, as they show it or as their forms have it.

    Nothing where neither is known.
    """
    if not CONTRACT[one.formula].stepped:
        return ""
    forms = [side.form for side in (one, other)]
    counting = any(its is not None and counts(its) for its in forms)
    a, b = (_variables(side, first, counting=counting) for side in (one, other))
    alike: dict[str, None] = {}
    for step, (x, y) in enumerate(zip(a, b, strict=False), 1):
        for variable in (its.name for its in CONTRACT[one.formula].state):
            if variable not in x or variable not in y:
                continue
            told = _apart(x[variable], y[variable], first.case)
            if told:
                return f"{variable} parts first, at step {step}: {told}"
            alike[variable] = None
    if not alike:
        return ""
    names = " and ".join(filter(None, (", ".join([*alike][:-1]), [*alike][-1])))
    return (
        f"{names} {'is' if len(alike) == 1 else 'are'} the same until then: the step itself parts"
    )


def _variables(side: Side, first: Evidence, *, counting: bool) -> list[dict[str, np.ndarray]]:
    """Return the variables after each step: those of its form, else those that are told for sure.

    Its counter is its own: that a form counts alike does not say that it uses the count alike.
    """
    case, steps, followed = first.case, first.step, side.form
    shown = side.states(case)[:steps] if followed is None or counting else []
    known = known_variables(case, shown, form(side.formula), followed)
    own = [{n: v for n, v in state.items() if n in known} for state in shown]
    within = [*_within(followed, case, steps)] if followed is not None else []
    return [{**(mine or {}), **(its or {})} for mine, its in zip_longest(own, within)]


def _within(variant: Variant, case: Case, steps: int) -> Iterator[dict[str, np.ndarray]]:
    """Yield the arrays of a form after each step."""
    body: Any = course(variant, case)
    for _ in range(steps):
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            next(body)
        known = getgeneratorlocals(innermost(body))
        names = [its.name for its in CONTRACT[case.formula].state if its.name in known]
        yield {n: np.asarray(known[n], dtype=object).astype(float) for n in names
               if not isinstance(known[n], int)}  # fmt: skip


def _apart(x: np.ndarray, y: np.ndarray, case: Case) -> str:
    a, b = np.ravel(x), np.ravel(y)
    if a.size != b.size:  # the zero that a state starts from, perhaps
        a, b = (v.ravel() for v in np.broadcast_arrays(a, b)) if 1 in (a.size, b.size) else (a, b)
    if a.size != b.size:
        return f"{a.size} numbers against {b.size}"
    near = np.isclose(a, b, rtol=1e-4 if case.dtype != "float64" else 1e-12, atol=0, equal_nan=True)
    if near.all():
        return ""
    at = int(np.argmin(near))
    spelled = plain(float(a[at]), case.dtype), plain(float(b[at]), case.dtype)
    return f"{spelled[0]} against {mark(*spelled)}"

"""The numbers of an optimizer's first wrong steps: what each variable should be, and what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import getgeneratorlocals
from itertools import islice
from typing import Any

import numpy as np

from gradmark.conformance.catalogue import Variant
from gradmark.conformance.equations.written import innermost
from gradmark.conformance.judging.evidence import Evidence, mark
from gradmark.conformance.judging.first_wrong import known_variables
from gradmark.conformance.judging.unfold import course
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES

SHOWN = 3  # steps
STEP = "step"  # how far the weights go


def first_steps(
    evidence: Evidence, right: Variant, weights: np.ndarray, states: Sequence[Mapping[str, Any]],
    followed: Variant | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Set what is expected beside what was got, from the first wrong step on.

    Parameters
    ----------
    evidence : Evidence
        What shows the verdict: its entry is the one that is followed.
    right : Variant
        The form that is expected.
    weights : array
        The contender's weights after each step of that case.
    states : sequence of mapping
        What it shows of its state after each step, if it shows any.
    followed : Variant, optional
        The form that it follows, if that is known.
    """
    case = evidence.case
    size = max(int(case.arguments[0].size), 1)
    at, first = evidence.entry % size, evidence.step
    rows = []
    before = np.ravel(case.arguments[0])[at]
    known = list(islice(_known(right, evidence), first - 1 + SHOWN))
    got = [np.ravel(w)[at] for w in weights]
    due = [np.ravel(its["w"])[at] for its in known]
    names = known_variables(case, states[: len(known)], right, followed)
    for step in range(first, min(first + SHOWN, len(got) + 1, len(known) + 1)):
        shown = states[step - 1] if step <= len(states) else {}
        for variable in (its.name for its in CONTRACT[case.formula].state):
            if variable in names and variable in shown:
                its = _entry(known[step - 1][variable], at), _entry(shown[variable], at)
                rows.append(_row(step, variable, *its, case.dtype))
        was = (due[step - 2], got[step - 2]) if step > 1 else (before, before)
        rows.append(_row(step, STEP, due[step - 1] - was[0], got[step - 1] - was[1], case.dtype))
    return rows


def _known(right: Variant, evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    """Yield the variables of a form, and its weights, after each step."""
    body: Any = course(right, evidence.case)
    while True:
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            w = next(body, None)
        if w is None:
            return
        inner = innermost(body)
        known = getgeneratorlocals(inner) if hasattr(inner, "gi_frame") else {}
        yield {**known, "w": np.asarray(w, dtype=object).astype(float)}


def _entry(value: Any, at: int) -> float:
    flat = np.asarray(value, dtype=object).ravel()
    return float(flat[at if flat.size > at else 0])


def _row(step: int, variable: str, expected: float, got: float, dtype: str) -> dict[str, Any]:
    # A difference of two numbers has fewer digits than they have.
    digits = min(9, DTYPES[dtype].decimals)
    spelled = [f"{value:.{digits}g}" for value in (expected, got)]
    return {"step": step, "variable": variable, "expected": spelled[0],
            "got": mark(*spelled) if spelled[0] != spelled[1] else spelled[1]}  # fmt: skip

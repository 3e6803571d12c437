"""Which variable of an optimizer goes wrong first, and at which step."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from inspect import getgeneratorlocals
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import form
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import mark, plain
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.truth.number import number
from gradmark.harness.contract import CONTRACT


def first_wrong(case: Case, steps: int, states: Iterable[Mapping[str, Any]]) -> str:
    """Compare the state that an optimizer shows with the canonical one, up to its first wrong step.

    Returns a sentence, or nothing where the object shows no state that the canonical form has.
    """
    body = course(form(case.formula), case)
    assert isinstance(body, Generator)
    right: set[str] = set()
    variables = CONTRACT[case.formula].state
    with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
        for step, (_, shown) in enumerate(zip(body, states, strict=False), 1):
            known = getgeneratorlocals(body)
            for variable in variables:
                name = variable.name
                value = next((shown[its] for its in variable.names if its in shown), None)
                if name not in known or value is None:
                    continue
                wrong = _difference(known[name], value, case)
                if wrong:
                    return f"The first variable to go wrong is {name}, at step {step}: {wrong}."
                right.add(name)
            if step == steps:
                break
    if not right:
        return ""
    names = [variable.name for variable in variables if variable.name in right]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    verb = "is" if len(names) == 1 else "are"
    return f"Up to that step {listed} {verb} right: it is the step itself that goes wrong."


def _difference(want: Any, got: Any, case: Case) -> str:
    expected = [number(one) for one in np.ravel(np.asarray(want, dtype=object))]
    values = np.asarray(got, dtype=float).ravel()
    if values.size == 1:  # the zero that a state starts from, perhaps
        values = np.broadcast_to(values, len(expected))
    if values.size != len(expected):
        return f"expected {len(expected)} values, got {values.size}"
    wrong = np.flatnonzero(entries(expected, values, case).excess > 1)
    if not wrong.size:
        return ""
    at = wrong[0]
    spelled = plain(float(expected[at]), case.dtype), plain(float(values[at]), case.dtype)
    return f"expected {spelled[0]}, got {mark(*spelled)}"

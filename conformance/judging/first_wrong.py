"""Which variable of an optimizer goes wrong first, and at which step."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import getgeneratorlocals
from itertools import islice
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import mark, plain
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.truth.number import number
from gradmark.harness.contract import CONTRACT

WRONG = "The first variable to go wrong is"


@dataclass(frozen=True)
class Course:
    """How far the variables of an optimizer go along with one form's."""

    form: Variant
    right: tuple[str, ...]  # variables that were right up to the end
    wrong: str = ""  # the first that was not, and where
    agreed: int = 0  # how many were found right before that


def first_wrong(
    case: Case,
    steps: int,
    states: Iterable[Mapping[str, Any]],
    permitted: Sequence[Variant] = (),
    *,
    counters: bool = True,
) -> str:
    """Compare the state that an optimizer shows with what is right, up to its first wrong step.

    What is right is the first of the permitted forms, or another of them that the variables go
    along with further: a velocity that holds no rate is no mistake where a convention has none.

    Without `counters`, one that is ahead is not what is wrong.

    Returns a sentence, or nothing where the object shows no state that the forms have.
    """
    shown = list(islice(states, steps))
    courses = [
        _course(one, case, shown, counters=counters) for one in permitted or [form(case.formula)]
    ]
    first = max(courses, key=lambda its: (not its.wrong, its.agreed))
    if first.wrong:
        return f"{WRONG} {first.wrong}."
    if not first.right:
        return ""
    listed = " and ".join(filter(None, (", ".join(first.right[:-1]), first.right[-1])))
    verb = "is" if len(first.right) == 1 else "are"
    whose = f", as in {first.form.name}" if first is not courses[0] else ""
    return f"Up to that step {listed} {verb} right{whose}: it is the step itself that goes wrong."


def _course(
    variant: Variant, case: Case, shown: Sequence[Mapping[str, Any]], *, counters: bool
) -> Course:
    """Follow the variables of one form, as far as they agree with those that are shown."""
    body = course(variant, case)
    right: list[str] = []
    agreed, ahead = 0, ""
    for step, state in enumerate(shown, 1):
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            next(body)
        known = getgeneratorlocals(body) if isinstance(body, Generator) else {}
        for variable in CONTRACT[case.formula].state:
            name = variable.name
            value = next((state[its] for its in variable.names if its in state), None)
            if name not in known or value is None:
                continue
            wrong = _difference(known[name], value, case)
            if wrong and _is_ahead(known[name], value):
                ahead = ahead or f"{name}, at step {step}: {wrong}"
                continue
            if wrong:
                return Course(variant, (), f"{name}, at step {step}: {wrong}", agreed)
            agreed += 1
            if name not in right:
                right.append(name)
    if ahead and right and counters:
        return Course(variant, (), ahead, agreed)
    return Course(variant, tuple(right), "", agreed)


def _is_ahead(want: Any, got: Any) -> bool:
    """Whether a counter is one ahead: code that counts after its step shows the next one's.

    So that is what is wrong only if nothing else is.
    """
    return isinstance(want, int) and np.size(got) == 1 and int(np.ravel(got)[0]) == want + 1


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

"""Which variable of an optimizer goes wrong first, and at which step."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from inspect import getgeneratorlocals
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import form
from gradmark.conformance.judging.evidence import mark, plain
from gradmark.conformance.judging.fit import entries
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.truth.number import number

# What the canonical bodies call their state, in the order in which they compute it, and the names
# under which an object may show it.
STATE: Mapping[str, tuple[str, ...]] = {
    "velocity": ("velocity", "v"),
    "s": ("s",),
    "t": ("t",),
    "m": ("m",),
    "v": ("v",),
}


def first_wrong(case: Case, steps: int, states: Iterable[Mapping[str, Any]]) -> str:
    """Compare the state that an optimizer shows with the canonical one, up to its first wrong step.

    Returns a sentence, or nothing where the object shows no state that the canonical form has.
    """
    body = course(form(case.formula), case)
    assert isinstance(body, Generator)
    right: set[str] = set()
    for step, (_, shown) in enumerate(zip(body, states, strict=False), 1):
        known = getgeneratorlocals(body)
        for name, aliases in STATE.items():
            value = next((shown[alias] for alias in aliases if alias in shown), None)
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
    names = [name for name in STATE if name in right]
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
    for want_one, entry, value in zip(
        expected, entries(expected, values, case), values, strict=True
    ):
        if entry.excess > 1:
            spelled = plain(float(want_one), case.dtype), plain(float(value), case.dtype)
            return f"expected {spelled[0]}, got {mark(*spelled)}"
    return ""

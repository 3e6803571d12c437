"""Which variable of an optimizer goes wrong first, and at which step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getgeneratorlocals
from itertools import islice
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.equations.written import innermost
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import mark, plain
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.truth.number import number
from gradmark.harness.contract import CONTRACT

WRONG = "The first variable to go wrong is"


@dataclass
class Course:
    """How far the variables of an optimizer go along with one form's: arrays, and counters."""

    form: Variant
    arrays: set[str] = field(default_factory=set)  # what the form has
    right: dict[str, None] = field(default_factory=dict)  # what is as there, up to the end
    wrong: dict[str, str] = field(default_factory=dict)  # what is not, and from where on
    agreed: int = 0  # how often something was right

    @property
    def holds(self) -> bool:
        """Whether all arrays are as there."""
        return bool(self.arrays) and self.arrays <= self.right.keys()

    def believed(self, followed: Variant | None = None, own: Course | None = None) -> list[str]:
        """List what goes wrong, and is sure to be what its name says.

        Code may keep under a name what it likes: a velocity of the other sign, a moment without
        its factor. It is what the name says if the mistake that the code makes has the same there,
        or if another array of the same state is right.
        """
        if own is not None and own.arrays:
            sure = own.right.keys() & own.arrays
        else:
            sure = self.arrays if self.arrays & self.right.keys() else set()
        # Code that counts after its step shows the next one's number, and is right.
        counted = followed is not None and counts(followed) and self.holds
        return [n for n in self.wrong if (n in sure if n in self.arrays else counted)]


def first_wrong(
    case: Case,
    steps: int,
    states: Iterable[Mapping[str, Any]],
    permitted: Sequence[Variant] = (),
    followed: Variant | None = None,
) -> str:
    """Compare the state that an optimizer shows with what is right, up to its first wrong step.

    What is right is the first of the permitted forms, or another of them that the variables go
    along with further: a velocity that holds no rate is no mistake where a convention has none.

    `followed` is the mistake that the optimizer is known to make, if it is a known one.

    Returns a sentence, or nothing where what the object shows cannot be told for certain.
    """
    shown = list(islice(states, steps))
    courses = [along(one, case, shown) for one in permitted or [form(case.formula)]]
    first = max(courses, key=lambda its: (its.holds, its.agreed))
    own = None if followed is None else along(followed, case, shown)
    for name in first.believed(followed, own):
        return f"{WRONG} {name}, {first.wrong[name]}."
    if not first.holds:
        return ""
    listed = " and ".join(filter(None, (", ".join([*first.right][:-1]), [*first.right][-1])))
    verb = "is" if len(first.right) == 1 else "are"
    whose = f", as in {first.form.name}" if first is not courses[0] else ""
    return f"Up to that step {listed} {verb} right{whose}: it is the step itself that goes wrong."


def known_variables(
    case: Case, states: Sequence[Mapping[str, Any]], right: Variant, followed: Variant | None
) -> set[str]:
    """Return those that are right, or are sure to be what their names say."""
    own = None if followed is None else along(followed, case, states)
    its = along(right, case, states)
    return {*its.right, *its.believed(followed, own)}


def counts(mistake: Variant) -> bool:
    """Whether what is wrong is how steps are counted."""
    return "counter" in mistake.name


def along(variant: Variant, case: Case, shown: Sequence[Mapping[str, Any]]) -> Course:
    """Compare what is shown after each step with the variables of a form."""
    body: Any = course(variant, case)
    found = Course(variant)
    for step, state in enumerate(shown, 1):
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            next(body)
        inner = innermost(body)
        known = getgeneratorlocals(inner) if hasattr(inner, "gi_frame") else {}
        for name in (its.name for its in CONTRACT[case.formula].state if its.name in known):
            want, got = known[name], state.get(name)
            found.arrays |= set() if isinstance(want, int) else {name}
            if got is None or name in found.wrong or not _comparable(want, got):
                continue
            wrong = _difference(want, got, case)
            if wrong:
                found.right.pop(name, None)
                found.wrong[name] = f"at step {step}: {wrong}"
            else:
                found.agreed += 1
                found.right[name] = None
    return found


def _comparable(want: Any, got: Any) -> bool:
    """Whether it may be what is wanted: an array like it, or the zero that it starts from."""
    values = np.asarray(got, float)
    if isinstance(want, int):
        return values.size == 1 and float(values.flat[0]).is_integer()
    return values.size == np.size(want) or (values.ndim == 0 and values == 0)


def _difference(want: Any, got: Any, case: Case) -> str:
    expected = [number(one) for one in np.ravel(np.asarray(want, dtype=object))]
    values = np.broadcast_to(np.asarray(got, dtype=float).ravel(), len(expected))
    wrong = np.flatnonzero(entries(expected, values, case).excess > 1)
    if not wrong.size:
        return ""
    at = wrong[0]
    spelled = plain(float(expected[at]), case.dtype), plain(float(values[at]), case.dtype)
    return f"expected {spelled[0]}, got {mark(*spelled)}"

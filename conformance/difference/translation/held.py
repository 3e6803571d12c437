"""What the corpus says of a translation: every question, put to A as it is, and to B translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.translation.laws import Law
from gradmark.conformance.difference.translation.model import sizes
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import WIDEST

CLOSE = 1e-7  # of an answer's size


@dataclass(frozen=True)
class Held:
    """How many questions both answered, how many of them otherwise, and the first of these."""

    asked: int
    differing: int
    first: str = ""

    def __str__(self) -> str:
        if not self.differing:
            return f"They then agree on all {self.asked} questions of the corpus."
        return (
            f"They then still differ in {self.differing} of the corpus's {self.asked} questions, "
            f"{self.first} first."
        )


def held(
    one: Side, other: Side, laws: Mapping[str, Law], *, steady: bool = False,
    scale: Law | None = None,
) -> Held | None:  # fmt: skip
    """Put each question to both, with the numbers that laws make of it to the second.

    Where it is to be `steady`, no rate may change. With a `scale`, the second's answer is to be so
    many times the first's. None where a law has no number to give.
    """
    asked, differing = 0, list[str]()
    for case in cases(one.formula, WIDEST):
        if case.large or (steady and len(set(case.arguments[2])) > 1):
            continue
        posed = one.subject.poses(case)
        translated = _translated(posed, laws) if posed is not None else None
        if posed is None or translated is None:
            continue
        a, b = one.answer(posed), other.answer(translated)
        if a is None or b is None or a.shape != b.shape:
            continue
        times = 1.0 if scale is None else scale.of(_given(posed))
        if not np.isfinite(times):
            continue
        a, asked = times * a, asked + 1
        size = np.max(np.abs(a[np.isfinite(a)]), initial=0.0)
        if not np.allclose(b, a, rtol=CLOSE, atol=CLOSE * size, equal_nan=True):
            differing.append(case.id)
    return Held(asked, len(differing), *differing[:1]) if asked else None


def _given(case: Case) -> dict[str, float]:
    """Return the numbers of a question, and how many numbers its arrays have."""
    row = CONTRACT[case.formula]
    if row.stepped:
        return {"lr": case.arguments[2][0], **case.hyper}
    arrays, given = dict[str, Any](), dict[str, float]()
    for name, value in zip(row.parameters, case.arguments, strict=True):
        its = row.parameter(name)
        (arrays if its.is_array or its.many else given)[name] = value
    return given | sizes(row, arrays)


def _translated(case: Case, laws: Mapping[str, Law]) -> Case | None:
    """Return a question with other numbers; None where a law makes none of its own."""
    row = CONTRACT[case.formula]
    if not laws:
        return case
    given = _given(case)
    if not set(laws) <= set(given):
        return None
    made = {name: its.of(given) for name, its in laws.items()}
    inside = (low <= made[n] <= high for n in made for low, high in [row.parameter(n).domain])
    if not all(inside):  # not a number is inside of nothing
        return None
    if not row.stepped:
        values = dict(zip(row.parameters, case.arguments, strict=True)) | made
        return replace(case, arguments=tuple(values[n] for n in row.parameters))
    w, gradients, rates = case.arguments
    made.pop("lr", None)
    if "lr" in laws:
        rates = [laws["lr"].of({**given, "lr": rate}) for rate in rates]
    return replace(case, arguments=(w, gradients, rates), hyper={**case.hyper, **made})

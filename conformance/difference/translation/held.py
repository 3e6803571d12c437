"""What the corpus says of a translation: every question, put to A as it is, and to B translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.translation.laws import Law
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


def held(one: Side, other: Side, laws: Mapping[str, Law], *, steady: bool = False) -> Held | None:
    """Put each question to both, with the numbers that laws make of it to the second.

    Where it is to be `steady`, no rate may change. None where a law has no number to give.
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
        asked += 1
        size = np.max(np.abs(a[np.isfinite(a)]), initial=0.0)
        if not np.allclose(b, a, rtol=CLOSE, atol=CLOSE * size, equal_nan=True):
            differing.append(case.id)
    return Held(asked, len(differing), *differing[:1]) if asked else None


def _translated(case: Case, laws: Mapping[str, Law]) -> Case | None:
    """Return a question with other numbers; None where a law makes none of its own."""
    row = CONTRACT[case.formula]
    if not laws:
        return case
    if row.stepped:
        w, gradients, rates = case.arguments
        given = {"lr": rates[0], **case.hyper}
    else:
        given = {
            n: v for n, v in zip(row.parameters, case.arguments, strict=True)
            if not (row.parameter(n).is_array or row.parameter(n).many)
        }  # fmt: skip
    if not set(laws) <= set(given):
        return None
    made = {name: its.of(given) for name, its in laws.items()}
    inside = (low <= made[n] <= high for n in made for low, high in [row.parameter(n).domain])
    if not all(inside):  # not a number is inside of nothing
        return None
    if not row.stepped:
        values = dict(zip(row.parameters, case.arguments, strict=True)) | made
        return replace(case, arguments=tuple(values[n] for n in row.parameters))
    scale = made.pop("lr", given["lr"]) / given["lr"] if given["lr"] else 1.0
    rates = [rate * scale for rate in rates]
    return replace(case, arguments=(w, gradients, rates), hyper={**case.hyper, **made})

"""One case, certified: its inputs, the truth about it, and the forms that it tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.unfold import course, unfold
from gradmark.conformance.truth import Number
from gradmark.conformance.truth.reals import digits
from gradmark.conformance.vectors.numerals import (
    WORKING,
    bound,
    decimal,
    given,
    hexadecimal,
    last_place,
    nearest,
)
from gradmark.harness.contract import CONTRACT

SHORT = 32  # steps of a run whose weights are all kept
LONG = 64  # entries of an array that is worth telling by its different ones

Document = dict[str, Any]


def certified(case: Case, tells_apart: list[str] | None = None) -> Document:
    """Say in plain data what is asked, what is true, and which other forms that refuses.

    To follow every other form takes most of the time: what they are may be known.
    """
    canonical, *others = variants(case.formula)
    with digits(WORKING):
        parts = [np.asarray(part, dtype=object) for part in course(canonical, case)]
        kept = {at: name for at, name in enumerate(_names(case, len(parts))) if name is not None}
        truth = {at: parts[at].ravel().tolist() for at in kept}
        return {
            "id": case.id,
            "dtype": case.dtype,
            **_inputs(case),
            "outputs": [name | _output(parts[at], case.dtype) for at, name in kept.items()],
            "tells_apart": [v.name for v in others if _differs(v, case, truth)]
            if tells_apart is None
            else tells_apart,
        }


def _names(case: Case, parts: int) -> list[Document | None]:
    """Name the parts of an answer; one that is not kept has no name."""
    contract = CONTRACT[case.formula]
    if not contract.stepped:
        names = [name for name, *_ in contract.due(case.arguments)]
        return [{"name": name} if name else {} for name in names or [""]]
    return [
        {"step": t} if parts <= SHORT or t & (t - 1) == 0 or t > parts - 3 else None
        for t in range(1, parts + 1)
    ]


def _inputs(case: Case) -> Document:
    contract = CONTRACT[case.formula]
    if not contract.stepped:
        spelled = map(_items, case.arguments)
        return {"arguments": dict(zip(contract.parameters, spelled, strict=True))}
    spelled = map(_argument, case.arguments)
    return {
        "hyper": {name: given(value) for name, value in case.hyper.items()},
        "arguments": dict(zip(("w", "gradients", "rates"), spelled, strict=True)),
    }


def _items(argument: Any) -> Any:
    """Spell an argument; of a list, each item."""
    return list(map(_items, argument)) if isinstance(argument, list) else _argument(argument)


def _argument(argument: Any) -> Document | str | int:
    """Spell an array in its dtype, and Python's numbers, or a list of them, as what they are."""
    if isinstance(argument, int | float):
        return given(argument)
    array = np.asarray(argument)
    data = [hexadecimal(x) for x in array.ravel().tolist()]
    shaped = {"dtype": array.dtype.name, "shape": list(array.shape)}
    different = list(dict.fromkeys(data))
    if len(data) < LONG or len(different) * 4 > len(data):
        return shaped | {"data": data}
    place = {text: at for at, text in enumerate(different)}
    return shaped | {"data": different, "at": [place[text] for text in data]}


def _output(part: np.ndarray, dtype: str) -> Document:
    numbers: list[Number] = part.ravel().tolist()
    return {
        "dtype": dtype,
        "shape": list(part.shape),
        "data": [hexadecimal(nearest(n.value, dtype)) for n in numbers],
        "value": [decimal(n.value) for n in numbers],
        "error": [bound(n) for n in numbers],
        "ulp": [last_place(n, dtype) for n in numbers],
    }


def _differs(variant: Variant, case: Case, truth: Mapping[int, list[Number]]) -> bool:
    """Whether another form's answer, rounded once, errs by more than is allowed."""
    for at, part in enumerate(unfold(variant, case)):
        if at in truth:
            got = np.array([nearest(number.value, case.dtype) for number in part])
            if (entries(truth[at], got, case).excess > 1).any():
                return True
    return False

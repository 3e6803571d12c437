"""The same numbers in another type: 20.0 for 20, NumPy's integers, arrays of whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.conduct import ARGUMENT_TYPE, WHOLE_EPOCHS
from gradmark.conformance.conduct.question import Question, named, plain
from gradmark.conformance.judging.kept import truth
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.parameter import LABELS

SOME = 8  # cases of numbers that are asked in other types
GIVEN = ("target", "before a kink")  # beside labels: what a data set holds
WHOLE = ("time", "count", "phase end", "growth")  # roles of numbers that may be counted

As = tuple[str, Callable[[Any], Any]]
OF_COUNTS: Sequence[As] = (
    ("whole numbers as floats", float),
    ("NumPy's numbers", np.int64),
    ("NumPy's numbers", np.float64),
)
OF_OTHERS: Sequence[As] = (("NumPy's numbers", np.float64),)


def types(
    formula: str, dtype: str, followed: Variant, refused: Collection[str] = ()
) -> Iterator[Question]:
    """Ask with each argument in each type that holds it exactly."""
    if CONTRACT[formula].takes_numbers:
        yield from _numbers(formula, dtype)
        yield from _between(formula, dtype, followed)
    else:
        yield from _arrays(formula, dtype, refused)


# --- numbers --------------------------------------------------------------------------------------


def _spread(formula: str, dtype: str) -> list[Case]:
    """Choose some cases that are past epoch 0, from the first to the last."""
    every = [case for case in plain(formula, dtype) if case.arguments[0] > 0]
    chosen = np.unique(np.linspace(0, len(every) - 1, SOME).round().astype(int))
    return [every[i] for i in chosen] if every else []


def _numbers(formula: str, dtype: str) -> Iterator[Question]:
    row = CONTRACT[formula]
    for base in _spread(formula, dtype):
        for place, parameter in enumerate(row.takes):
            if parameter.many:
                continue
            for needs, kind in OF_COUNTS if parameter.role in WHOLE else OF_OTHERS:
                value = kind(base.arguments[place])
                if value != base.arguments[place]:  # no integer holds it
                    continue
                says = f"{parameter.name} = {_shown(value)}"
                yield Question(needs, says, base, _with(base, {place: value}), ARGUMENT_TYPE)


def _between(formula: str, dtype: str, followed: Variant) -> Iterator[Question]:
    """Ask between whole epochs, where the form that is followed goes on from one to the next."""
    if CONTRACT[formula].takes[0].role != "time":
        return
    for base in _spread(formula, dtype):
        epoch = base.arguments[0]
        half = replace(_with(base, {0: epoch + 0.5}), id=f"{base.id}.5")
        before, here, after = (
            float(truth(followed, case).all().high[0])
            for case in (base, half, _with(half, {0: epoch + 1}))
        )
        if before < here < after or after < here < before:
            says = f"epoch = {epoch + 0.5}"
            yield Question("fractions of an epoch", says, half, half, WHOLE_EPOCHS)


# --- arrays ---------------------------------------------------------------------------------------


def _arrays(formula: str, dtype: str, refused: Collection[str]) -> Iterator[Question]:
    """Ask with whole numbers as integers: what they are in most data sets, labels above all."""
    names = named(formula)
    found = [(_whole(base), base) for base in plain(formula, dtype, refused)]
    found.sort(key=lambda its: -len(its[0]))  # stable: the first of equals leads
    for whole, base in found[: SOME // 2]:
        for which in [[i] for i in whole] + [whole][: len(whole) - 1]:
            as_integers = {i: base.arguments[i].astype(np.int64) for i in which}
            says = f"{' and '.join(names[i] for i in which)} as integers"
            case = _with(base, as_integers)
            yield Question("integers", says, base, case, ARGUMENT_TYPE)


def _whole(case: Case) -> list[int]:
    """List the arguments that people have as integers, and that hold whole numbers here.

    Labels, data, what goes into an activation, weights to start from. Predictions are computed, and
    nobody has them as integers.
    """
    takes = CONTRACT[case.formula].takes
    if CONTRACT[case.formula].stepped:
        return [i for i, argument in enumerate(case.arguments) if _is_whole(argument)]
    of_labels = any(p.role in LABELS or p.role == "target" for p in takes)
    return [
        i
        for i, (parameter, argument) in enumerate(zip(takes, case.arguments, strict=False))
        if _is_whole(argument)
        and (not of_labels or parameter.role in LABELS or parameter.role in GIVEN)
    ]


def _is_whole(value: Any) -> bool:
    """Whether an array holds whole numbers, and enough of them to be told apart."""
    if not isinstance(value, np.ndarray) or value.size < 2:
        return False
    wide = value.astype(float)
    return bool((np.isfinite(wide) & (abs(wide) < 2**31) & (wide == np.round(wide))).all())


def _with(case: Case, values: dict[int, Any]) -> Case:
    arguments = tuple(values.get(i, a) for i, a in enumerate(case.arguments))
    return replace(case, arguments=arguments)


def _shown(value: Any) -> str:
    return f"{value.dtype.name}({value})" if isinstance(value, np.generic) else repr(value)

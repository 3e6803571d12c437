"""A right function is right in whatever order it takes its arguments, or nobody can tell."""

from __future__ import annotations

import itertools
import linecache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import Case, cases
from gradmark.harness.contract import CONTRACT, Formula
from gradmark.harness.host import ContenderFailure
from gradmark.harness.in_process import InProcess, in_process

SEVERAL = [row for row in CONTRACT.values() if not row.stepped and len(row.takes) > 1]
SPELLINGS = 4  # of each argument: the contract's name, and the first synonyms


def spelled(row: Formula, place: int) -> list[str]:
    """Call each argument by one of the names that it is known by, none twice."""
    taken: list[str] = []
    for parameter in row.takes:
        free = [n for n in parameter.synonyms if n.isidentifier() and n not in taken]
        taken.append(free[min(place, len(free) - 1)])
    return taken


def written(row: Formula, names: list[str], order: tuple[int, ...], own: str) -> Any:
    """Write the reference's own body with its arguments called so, in this order."""
    source = f"def {own}({', '.join(names[i] for i in order)}):\n"
    source += f"    return reference.{row.name}({', '.join(names)})\n"
    file = f"<{own} {names} {order}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"reference": reference, "__name__": "mine"}
    exec(compile(source, file, "exec"), scope)
    return scope[own]


def telling(row: Formula) -> Case:
    """Find a case that a different order would show: not all numbers alike."""
    asked = [case for case in cases(row.name, "float64") if min(map(size, case.arguments))]
    return max(asked[:12], key=lambda case: sum(map(size, case.arguments)))


def size(argument: Any) -> int:
    return sum(map(np.size, argument)) if isinstance(argument, list) else np.size(argument)


def answers(contender: InProcess, case: Case) -> list[Any]:
    """Ask it in every way in which it may be called."""
    name, found = case.formula, []
    others = 0 if (bound := contender.binding(name)) is None else bound.others
    for way in range(others + 1):
        if way:
            contender.switch(name, way)
        try:
            found.append(contender.call(name, *case.arguments))
        except ContenderFailure as failure:
            found.append(failure)
    return found


def same(one: Any, other: Any) -> bool:
    if isinstance(one, ContenderFailure):
        return False
    if isinstance(other, (tuple, list)):
        return all(map(same, one, other))
    return np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("row", SEVERAL, ids=lambda row: row.name)
@pytest.mark.sweep
def test_the_order_of_the_arguments_accuses_nobody(row: Formula) -> None:
    case = telling(row)
    right = getattr(reference, row.name)(*case.arguments)
    count = len(row.takes)
    orders = [tuple((i + k) % count for i in range(count)) for k in range(count)]
    orders.append(tuple(reversed(range(count))))
    for order, place in itertools.product(dict.fromkeys(orders), range(SPELLINGS)):
        names = spelled(row, place)
        its = written(row, names, order, row.name)
        contender = in_process(SimpleNamespace(**{row.name: its}))
        if row.name in contender.bindings().unbound:
            assert place, f"{names} are the contract's own"
            continue
        bound = contender.binding(row.name)
        found = answers(contender, case)
        if bound is None or bound.certain:
            found = found[:1]
        assert any(same(answer, right) for answer in found), (its.__code__.co_filename, bound)

"""The same numbers in another place: Fortran order, strides, part of a larger array, a list."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue.conduct import MEMORY_LAYOUT
from gradmark.conformance.conduct.question import Question, named, plain
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.worker import LAYOUTS, SHARED


def layouts(formula: str, dtype: str, refused: Collection[str] = ()) -> Iterator[Question]:
    """Ask with each array in each layout: one after another, and then all of them."""
    base = _telling(formula, dtype, refused)
    if base is None:
        return
    names, arrays = named(formula), _arrays(base)
    for layout in LAYOUTS:
        if layout == "Fortran order" and not any(base.arguments[i].ndim > 1 for i in arrays):
            continue
        if layout == "list" and CONTRACT[formula].stepped:
            continue  # nobody has weights as a list, and what works in place could not return them
        if layout == "another byte order" and DTYPES[dtype].make().kind == "V":
            continue  # of another package's dtype no operation reads it
        chosen = [[i] for i in arrays] + ([arrays] if len(arrays) > 1 else [])
        for which in chosen:
            laid = tuple(layout if i in which else "" for i in range(arrays[-1] + 1))
            listed = " and ".join(names[i] for i in which)
            says = f"{listed} as a list" if layout == "list" else f"{listed} ({layout})"
            needs = "lists" if layout == "list" else layout
            yield Question(needs, says, base, replace(base, layouts=laid), MEMORY_LAYOUT)
    yield from _shared(formula, dtype, refused)


def _arrays(case: Case) -> list[int]:
    return [i for i, a in enumerate(case.arguments) if isinstance(a, np.ndarray)]


def _telling(formula: str, dtype: str, refused: Collection[str]) -> Case | None:
    """Choose the case that shows best where its numbers stand: a matrix of many different ones."""

    def told(case: Case) -> tuple[int, int]:
        arrays = [case.arguments[i] for i in _arrays(case)]
        if CONTRACT[formula].stepped:
            arrays = arrays[:1]  # where weights stand, their gradients do
        matrices = [a for a in arrays if a.ndim == 2 and min(a.shape) > 1]
        different = [sum(len(np.unique(a)) for a in its) for its in (matrices, arrays)]
        return different[0], different[1]

    return max(filter(_arrays, plain(formula, dtype, refused)), key=told, default=None)


def _shared(formula: str, dtype: str, refused: Collection[str]) -> Iterator[Question]:
    """Ask with one array for two arguments, where a case has the same numbers in both."""
    if CONTRACT[formula].stepped:
        base = _telling(formula, dtype, refused)
        assert base is not None
        w, _, rates = base.arguments
        yield _with_one(replace(base, arguments=(w, w[None], rates[:1])), [1])
        return
    for base in plain(formula, dtype, refused):
        first, *others = _arrays(base)
        same = [i for i in others if _alike(base.arguments[first], base.arguments[i])]
        if first == 0 and same:
            yield _with_one(base, same)
            return


def _with_one(base: Case, same: list[int]) -> Question:
    """Ask with the first argument for some of the others."""
    laid = tuple(SHARED if i in same else "" for i in range(same[-1] + 1))
    both = " and ".join(named(base.formula)[i] for i in [0, *same])
    case = replace(base, layouts=laid)
    return Question(SHARED, f"one array for {both}", base, case, MEMORY_LAYOUT)


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool((a == b).all())

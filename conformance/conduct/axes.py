"""The same numbers with more axes: a loss of pictures is that of their pixels."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.conduct import MANY_AXES
from gradmark.conformance.conduct.question import Question, plain
from gradmark.conformance.judging.kept import truth
from gradmark.harness.contract import CONTRACT

PICTURES = (2, 3, 2, 2)


def axes(
    formula: str, dtype: str, followed: Variant, refused: Collection[str] = ()
) -> Iterator[Question]:
    """Ask a loss of each entry, or its slopes, for four axes.

    A convention to which it matters how numbers are arranged says nothing of four axes.
    """
    row = CONTRACT[formula]
    by_rows = any(p.role.startswith(("class", "row", "each")) for p in row.takes)
    if by_rows or len(row.array_roles) != 2 or row.takes[0].shape != "...":
        return
    base = max(plain(formula, dtype, refused), key=_different, default=None)
    if base is None:
        return
    vector, pictures = _arranged(base, (math.prod(PICTURES),)), _arranged(base, PICTURES)
    flat, arranged = (truth(followed, case).all().high for case in (vector, pictures))
    if np.array_equal(flat, arranged):
        yield Question("any shape", "four axes", pictures, pictures, MANY_AXES)


def _different(case: Case) -> int:
    return len(np.unique(case.arguments[1]))


def _arranged(case: Case, shape: tuple[int, ...]) -> Case:
    arguments = tuple(
        np.resize(a, shape) if isinstance(a, np.ndarray) else a for a in case.arguments
    )
    return replace(case, id=f"{case.id}, four axes", arguments=arguments)

"""Questions that code takes for others, which it answers right: it was not written for these.

It is put to the test, not guessed: code that reads soft labels as hard ones answers both alike, bit
for bit. What it answers then says nothing of the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, has_soft_labels, needs
from gradmark.conformance.judging.flat import flat
from gradmark.harness.bindings import SOFT, NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import ContenderFailure

Array = np.ndarray


@dataclass(frozen=True)
class Reading:
    """What is read in place of a question's first argument, in one of several ways.

    Parameters
    ----------
    capability : str
        What code lacks that reads so.
    says : str
        Tells it.
    concerns : callable
        Which cases can be read so.
    ways : sequence of callable
        What may be read. Without any, it is no matter what is made of such a case: the contract
        does not speak of it.
    """

    capability: str
    says: str
    concerns: Callable[[Case], bool]
    ways: Sequence[Callable[[Array], Array]] = ()

    def is_of(self, asked: Sequence[Case], answer: Callable[[Case], Any]) -> bool:
        """Whether all these cases are answered as what is read in their place, bit for bit."""
        if not self.ways:
            return bool(asked)
        return any(asked and all(_alike(c, way, answer) for c in asked) for way in self.ways)


def _is_beyond_tables(case: Case) -> bool:
    """Whether a formula of samples and features is asked with more axes."""
    x = case.arguments[0]
    return CONTRACT[case.formula].takes[0].shape == "n d" and np.ndim(x) > 2


READINGS = (
    Reading(
        SOFT,
        "Takes soft labels for hard ones, and was judged on hard ones alone.",
        has_soft_labels,
        (lambda y: y > 0.5, lambda y: y >= 0.5, lambda y: y == 1, lambda y: y != 0),
    ),
    Reading(
        "vectors",
        "Takes a vector for a table of one column, and was judged on tables alone.",
        lambda case: needs(case) == "vectors",
        (lambda x: x[:, None],),
    ),
    Reading(
        "any shape",
        "Takes more than two axes otherwise, and was judged on tables alone.",
        _is_beyond_tables,
    ),
)


def _alike(case: Case, way: Callable[[Array], Array], answer: Callable[[Case], Any]) -> bool:
    first, *others = case.arguments
    read = replace(case, arguments=(way(first).astype(first.dtype), *others))
    try:
        return flat(answer(case)).tobytes() == flat(answer(read)).tobytes()
    except (ContenderFailure, NotAskedError):
        return False

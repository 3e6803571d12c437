"""How a formula's own file enters its cases, and where its accuracy is looked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw

Made = Callable[[Draw], Iterable[Case]]
Points = Callable[[str, Draw], Iterator[Arguments]]

SPECIAL: dict[str, list[Made]] = defaultdict(list)
GRIDS: dict[str, Points] = {}


def special(formula: str) -> Callable[[Made], Made]:
    """Enter cases of one formula, drawn from a stream that is its own.

    They follow those that every formula of its kind is asked, where its kind has such.
    """

    def enter(made: Made) -> Made:
        SPECIAL[formula].append(made)
        return made

    return enter


def points(formula: str) -> Callable[[Points], Points]:
    """Enter where the accuracy of one formula is looked for, in the place of what its roles say."""

    def enter(made: Points) -> Points:
        GRIDS[formula] = made
        return made

    return enter


def case(formula: str, name: str, *arguments: Any, **hyper: float) -> Case:
    """Spell a case in short."""
    return Case(formula, name, arguments, hyper)

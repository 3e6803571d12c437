"""Ways of computing a formula that lose digits in one known place: why it came out inaccurate.

Those that hang on roles (float32 inside, hyperparameters rounded) are known to `judging/diagnosis`;
what is special about one form is entered here, from its own file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gradmark.conformance.catalogue.variant import Body, Variant
from gradmark.conformance.truth import Number

if TYPE_CHECKING:  # what is asked lies beside what is known, not below it
    from gradmark.conformance.cases import Case

Recomputed = Callable[["Case"], Sequence[Number]]

_entries: dict[str, list[tuple[str, Recomputed]]] = defaultdict(list)
_spelled: dict[tuple[str, str], list[tuple[str, Body]]] = defaultdict(list)


def loses(formula: str, says: str) -> Callable[[Recomputed], Recomputed]:
    """Enter a computation with one loss, and the clause that tells of it."""

    def enter(body: Recomputed) -> Recomputed:
        _entries[formula].append((says, body))
        return body

    return enter


def losing(formula: str) -> Iterator[tuple[str, Recomputed]]:
    """Give the clauses of a formula, each with its computation."""
    yield from _entries[formula]


def spelled(formula: str, says: str, body: Body, of: str = "canonical") -> None:
    """Enter another spelling of a form, whose own bound is wider: a body, and what it loses."""
    _spelled[formula, of].append((says, body))


def spellings(of: Variant) -> Iterator[tuple[str, Body]]:
    """Give the other spellings of a form, each with the clause that tells what it loses."""
    yield from _spelled[of.formula, of.name]

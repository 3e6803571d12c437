"""Ways of computing a formula that lose digits in one known place: why it came out inaccurate.

Those that hang on roles (float32 inside, hyperparameters rounded) are known to `judging/diagnosis`;
what is special about one formula is entered here, from its own file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gradmark.conformance.truth import Number

if TYPE_CHECKING:  # what is asked lies beside what is known, not below it
    from gradmark.conformance.cases import Case

Recomputed = Callable[["Case"], Sequence[Number]]

_entries: dict[str, list[tuple[str, Recomputed]]] = defaultdict(list)


def loses(formula: str, says: str) -> Callable[[Recomputed], Recomputed]:
    """Enter a computation with one loss, and the clause that tells of it."""

    def enter(body: Recomputed) -> Recomputed:
        _entries[formula].append((says, body))
        return body

    return enter


def losing(formula: str) -> Iterator[tuple[str, Recomputed]]:
    """Give the clauses of a formula, each with its computation."""
    yield from _entries[formula]

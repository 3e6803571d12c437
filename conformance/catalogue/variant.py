"""What a variant is: one way that code in the wild computes a formula."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from gradmark.conformance.truth import Exact
from gradmark.harness.contract.dtypes import DTYPES

Kind = Literal["canonical", "dialect", "mistake"]
Body = Callable[..., Exact]


@dataclass(frozen=True)
class Guard:
    """A small ε that keeps a form from log 0 or from dividing by 0, and which rounding may lose.

    Parameters
    ----------
    beside_one : float, optional
        Stored as 1 − ε: lost where that is 1.
    above_zero : float, optional
        Stored as ε: lost where that is 0.

    Examples
    --------
    >>> Guard(beside_one=1e-8).lost("float64"), Guard(beside_one=1e-8).lost("float32")
    (False, True)
    """

    beside_one: float | None = None
    above_zero: float | None = None

    def lost(self, dtype: str) -> bool:
        """Whether the dtype rounds it away."""
        stored = DTYPES[dtype].make().type
        at_one = self.beside_one is not None and bool(stored(1 - self.beside_one) == 1)
        return at_one or (self.above_zero is not None and bool(stored(self.above_zero) == 0))


@dataclass(frozen=True)
class Variant:
    """One form of a formula: its name, whether it is right, a sentence about it, and its source."""

    formula: str
    name: str
    meant: Kind
    says: str
    source: str
    body: Body
    guard: Guard = Guard()

    def kind(self, dtype: str) -> Kind:
        """Say what this form is in a dtype: a mistake where its guard is rounded away."""
        return "mistake" if self.guard.lost(dtype) else self.meant


_entries: dict[str, list[Variant]] = defaultdict(list)


Entered = TypeVar("Entered", bound=Body)


class Entry(Protocol):
    """A decorator that enters a body in the catalogue and leaves it as it is."""

    def __call__(self, body: Entered, /) -> Entered:
        """Enter the body."""


def _register(formula: str, kind: Kind, source: str, guard: Guard = Guard()) -> Entry:
    def enter(body: Entered) -> Entered:
        says = (inspect.getdoc(body) or "").splitlines()[0]
        name = "canonical" if kind == "canonical" else body.__name__.replace("_", "-")
        _entries[formula].append(Variant(formula, name, kind, says, source, body, guard))
        return body

    return enter


def canonical(formula: str, source: str) -> Entry:
    """Enter the article's own form of a formula."""
    return _register(formula, "canonical", source)


def dialect(
    formula: str, source: str, *, beside_one: float | None = None, above_zero: float | None = None
) -> Entry:
    """Enter a documented convention, with the ε of its guard where rounding may lose it."""
    return _register(formula, "dialect", source, Guard(beside_one, above_zero))


def mistake(formula: str, source: str) -> Entry:
    """Enter a form that no document defends."""
    return _register(formula, "mistake", source)


def variants(formula: str) -> tuple[Variant, ...]:
    """List all known forms of a formula, the canonical one first."""
    return tuple(_entries[formula])


def form(formula: str, name: str | None = None) -> Variant:
    """Return one form of a formula by its name; without one, the canonical form."""
    return next(v for v in _entries[formula] if v.name == (name or "canonical"))

"""What a variant is: one way that code in the wild computes a formula."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar, get_args

from gradmark.conformance.catalogue.options import entered
from gradmark.conformance.truth import Exact
from gradmark.harness.contract.dtypes import DTYPES

Kind = Literal["canonical", "dialect", "mistake"]
Body = Callable[..., Exact]


def takes_dtype(body: Body) -> bool:
    """Whether a body has constants, which it rounds to a dtype that it is told."""
    code = getattr(inspect.unwrap(body), "__code__", None)
    if code is None:
        return "dtype" in inspect.signature(body).parameters
    # To make a signature of it takes longer than to run a short body.
    return "dtype" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


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
        its = DTYPES[dtype]  # a tie is rounded to what is even: to 1, and to 0
        at_one = self.beside_one is not None and self.beside_one <= its.roundoff / 2
        return at_one or (self.above_zero is not None and self.above_zero <= its.smallest / 2)


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
    stored: str = ""  # the dtype of its constants, where that is not the dtype of the case
    # the dtype of what an optimizer computes and keeps beside weights, where it is not theirs
    inside: str = field(default="", kw_only=True)

    @property
    def key(self) -> str:
        """Tell it from forms of the same name."""
        told = f"{self.name} in {self.stored}" if self.stored else self.name
        return f"{told} inside {self.inside}" if self.inside else told

    def kind(self, dtype: str) -> Kind:
        """Say what this form is in a dtype: a mistake where its guard is rounded away."""
        return "mistake" if self.guard.lost(self.stored or dtype) else self.meant

    def rank(self, dtype: str) -> int:
        """Say how far this form is from right in a dtype: a mistake is the last to be believed."""
        return get_args(Kind).index(self.kind(dtype))


_entries: dict[str, list[Variant]] = defaultdict(list)


Entered = TypeVar("Entered", bound=Body)


class Entry(Protocol):
    """A decorator that enters a body in the catalogue and leaves it as it is."""

    def __call__(self, body: Entered, /) -> Entered:
        """Enter the body."""


def entry(formula: str, kind: Kind, source: str, guard: Guard = Guard()) -> Entry:
    """Enter a form of a formula, of whatever kind, with the guard that rounding may lose."""

    def enter(body: Entered) -> Entered:
        says = (inspect.getdoc(body) or "").splitlines()[0]
        name = "canonical" if kind == "canonical" else body.__name__.replace("_", "-")
        its = entered(formula, name, body)
        _entries[formula].append(Variant(formula, name, kind, says, source, its, guard))
        return body

    return enter


def canonical(formula: str, source: str) -> Entry:
    """Enter the article's own form of a formula."""
    return entry(formula, "canonical", source)


def dialect(
    formula: str, source: str, *, beside_one: float | None = None, above_zero: float | None = None
) -> Entry:
    """Enter a documented convention, with the ε of its guard where rounding may lose it."""
    return entry(formula, "dialect", source, Guard(beside_one, above_zero))


def mistake(formula: str, source: str) -> Entry:
    """Enter a form that no document defends."""
    return entry(formula, "mistake", source)


def entries_of(formula: str) -> tuple[Variant, ...]:
    """List the forms that were entered for a formula, the canonical one first."""
    return tuple(_entries[formula])


def formulas_entered() -> tuple[str, ...]:
    """List the formulas that some form has been entered for."""
    return tuple(_entries)

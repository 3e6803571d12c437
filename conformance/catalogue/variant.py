"""What a variant is: one way that code in the wild computes a formula."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from gradmark.conformance.truth import Exact

Kind = Literal["canonical", "dialect", "mistake"]
Body = Callable[..., Exact]


@dataclass(frozen=True)
class Variant:
    """One form of a formula: its name, whether it is right, a sentence about it, and its source."""

    formula: str
    name: str
    kinds: Mapping[str, Kind]
    says: str
    source: str
    body: Body

    def kind(self, dtype: str) -> Kind:
        """Say what this form is in float64 or float32: some guards work in one of them only."""
        return self.kinds[dtype]


_entries: dict[str, list[Variant]] = defaultdict(list)


Entered = TypeVar("Entered", bound=Body)


class Entry(Protocol):
    """A decorator that enters a body in the catalogue and leaves it as it is."""

    def __call__(self, body: Entered, /) -> Entered:
        """Enter the body."""


def _register(formula: str, float64: Kind, float32: Kind, source: str) -> Entry:
    def enter(body: Entered) -> Entered:
        says = (inspect.getdoc(body) or "").splitlines()[0]
        name = "canonical" if float64 == "canonical" else body.__name__.replace("_", "-")
        kinds: dict[str, Kind] = {"float64": float64, "float32": float32}
        _entries[formula].append(Variant(formula, name, kinds, says, source, body))
        return body

    return enter


def canonical(formula: str, source: str) -> Entry:
    """Enter the article's own form of a formula."""
    return _register(formula, "canonical", "canonical", source)


def dialect(formula: str, source: str, *, float32: Kind = "dialect") -> Entry:
    """Enter a documented convention; `float32` says what it is where only float64 makes it one."""
    return _register(formula, "dialect", float32, source)


def mistake(formula: str, source: str) -> Entry:
    """Enter a form that no document defends."""
    return _register(formula, "mistake", "mistake", source)


def variants(formula: str) -> tuple[Variant, ...]:
    """List all known forms of a formula, the canonical one first."""
    return tuple(_entries[formula])


def form(formula: str, name: str | None = None) -> Variant:
    """Return one form of a formula by its name; without one, the canonical form."""
    return next(v for v in _entries[formula] if v.name == (name or "canonical"))

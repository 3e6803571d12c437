"""What a property declares beside itself: its inputs, and something wrong that it must reject.

A property is a function whose parameters are formulas of the contract, by name, and inputs. It
asserts. What is declared here is kept beside it and read by `Property`, so that one property can be
tried in many ways: on any contender, from any seed, as often as is asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from gradmark.conformance.catalogue import form
from gradmark.conformance.live import live

Theorem = TypeVar("Theorem", bound=Callable[..., Any])


@dataclass
class Declared:
    """What has been declared about one property."""

    wrong: list[Mapping[str, Any]] = field(default_factory=list)
    strategies: dict[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    always: list[Mapping[str, Any]] = field(default_factory=list)
    axes: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    of_a_pair: bool = False


def declared(theorem: Callable[..., Any]) -> Declared:
    """Return what has been declared about a property so far."""
    if not hasattr(theorem, "declared"):
        theorem.declared = Declared()  # type: ignore[attr-defined]  # a function takes attributes
    found: Declared = theorem.declared  # type: ignore[attr-defined]  # as above
    return found


def rejects(**bodies: Any) -> Callable[[Theorem], Theorem]:
    """Declare bodies, by the formula's name, that must break this property.

    A text is the name of a form of the formula, as in `rejects(mlp_loss="sign-lost")`. The
    formulas that a property asks for and that are not named here are taken from `reference`.
    May be stacked: each use is one wrong thing that must be rejected.
    """
    wrong = {
        name: live(form(name, body)) if isinstance(body, str) else body
        for name, body in bodies.items()
    }

    def declare(theorem: Theorem) -> Theorem:
        declared(theorem).wrong.insert(0, wrong)
        return theorem

    return declare


def drawn(**strategies: st.SearchStrategy[Any]) -> Callable[[Theorem], Theorem]:
    """Draw these arguments at random."""

    def declare(theorem: Theorem) -> Theorem:
        declared(theorem).strategies.update(strategies)
        return theorem

    return declare


def always(**values: Any) -> Callable[[Theorem], Theorem]:
    """Try these values of the drawn arguments first, whatever else is drawn."""

    def declare(theorem: Theorem) -> Theorem:
        declared(theorem).always.append(values)
        return theorem

    return declare


def of_a_pair(theorem: Theorem) -> Theorem:
    """Declare that this holds between a contender's own formulas, whatever conventions they follow.

    A gradient is the slope of the loss beside it: that the loss follows a dialect excuses nothing,
    as the gradient then has to follow it, too.
    """
    declared(theorem).of_a_pair = True
    return theorem


def each(**values: Iterable[Any]) -> Callable[[Theorem], Theorem]:
    """Try a property once with each value of an argument; stacked, with every combination."""

    def declare(theorem: Theorem) -> Theorem:
        declared(theorem).axes.update({name: tuple(its) for name, its in values.items()})
        return theorem

    return declare


def asked_of(formula: str, theorem: Theorem, name: str) -> Theorem:
    """Return a theorem that several formulas share as one about this formula, under a name.

    What `theorem` calls its first parameter is the formula.
    """
    first, *rest = inspect.signature(theorem).parameters.values()

    def holds(**given: Any) -> Any:
        return theorem(given.pop(formula), **given)

    holds.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # a function takes them
        [first.replace(name=formula), *rest]
    )
    holds.__name__ = holds.__qualname__ = name
    holds.__module__ = theorem.__module__
    return holds  # type: ignore[return-value]  # it is called by name alone, as `Property` does

"""How forms compose: each is entered as what it changes about the canonical form.

A formula has one recipe: named slots, each with the canonical part, and a way to put the parts
together. A trait fills some slots with other parts. Traits of different slots compose: a convention
with a mistake, two conventions, two mistakes. Nothing lists the combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from inspect import signature
from itertools import combinations
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.variant import (
    Body,
    Guard,
    Kind,
    Variant,
    dialect,
    mistake,
    variants,
)

JOINT = " + "
WHOLE = "whole"  # the slot of a form that is no trait of the recipe: it fills all that is inside

Wrap = Callable[[Body, Any], Body]


@dataclass(frozen=True)
class Recipe:
    """How a formula is put together out of parts.

    Parameters
    ----------
    formula : str
        The formula.
    assemble : callable
        Takes parts by the names of its slots, and returns a body; every slot has a default.
    around : mapping
        Slots around any body, whatever it is made of: each wraps a body with a part.
    traits : dict
        The parts of each form by its name.
    """

    formula: str
    assemble: Callable[..., Body]
    around: Mapping[str, Wrap] = field(default_factory=dict)
    traits: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def enter(self, kind: Kind, name: str, says: str, source: str, **parts: Any) -> None:
        """Enter a form by what it changes."""
        entered = dialect if kind == "dialect" else mistake
        entered(self.formula, source)(named(name.replace("-", "_"), says, self.body(parts)))
        self.traits[name] = parts

    @cached_property
    def inside(self) -> frozenset[str]:
        """The slots that the assembled body has."""
        return frozenset(signature(self.assemble).parameters)

    def body(self, parts: Mapping[str, Any]) -> Body:
        """Put parts together."""
        given = {slot: part for slot, part in parts.items() if slot in self.inside}
        body: Body = self._alike(parts[WHOLE]) if WHOLE in parts else self.assemble(**given)
        for slot, wrap in self.around.items():
            if slot in parts:
                body = wrap(body, parts[slot])
        return body

    def _alike(self, body: Body) -> Body:
        """Let a body be called as assembled ones are."""
        if "dtype" in signature(body).parameters or "dtype" not in self._called:
            return body
        return lambda *arguments, dtype: body(*arguments)  # noqa: ARG005 - it needs none

    @cached_property
    def _called(self) -> frozenset[str]:
        return frozenset(signature(self.assemble()).parameters)

    def parts(self, variant: Variant) -> Mapping[str, Any]:
        """Return what a form changes; one that was not entered here is a whole of its own."""
        return self.traits.get(variant.name, {WHOLE: variant.body})

    def compose(self, *of: Mapping[str, Any]) -> dict[str, Any] | None:
        """Join the parts of several forms, if they stand in each other's way nowhere."""
        joined: dict[str, Any] = {}
        for parts in of:
            if any(joined[slot] != parts[slot] for slot in joined.keys() & parts.keys()):
                return None
            joined |= parts
        inside = joined.keys() & self.inside
        nothing_new = any(joined == dict(parts) for parts in of)
        return None if (WHOLE in joined and inside) or nothing_new else joined


_recipes: dict[str, Recipe] = {}


def recipe(formula: str, assemble: Callable[..., Body], **around: Wrap) -> Recipe:
    """Enter the recipe of a formula."""
    _recipes[formula] = made = Recipe(formula, assemble, around)
    return made


def recipe_of(formula: str) -> Recipe | None:
    """Return the recipe of a formula, if it has one."""
    return _recipes.get(formula)


@dataclass(frozen=True)
class Composed(Variant):
    """Several forms at once, the conventions first."""

    of: tuple[Variant, ...] = ()

    def kind(self, dtype: str) -> Kind:
        """Say what it is in a dtype: a mistake where one of its parts is."""
        return "mistake" if any(one.kind(dtype) == "mistake" for one in self.of) else self.meant

    def permitted(self, dtype: str) -> Variant | None:
        """Return what is left without the mistakes; nothing where that is the canonical form."""
        right = tuple(one for one in self.of if one.kind(dtype) != "mistake")
        return compose(self.formula, right) if len(right) > 1 else right[0] if right else None


def compose(formula: str, of: tuple[Variant, ...]) -> Composed | None:
    """Compose forms of a formula, if they compose."""
    its = recipe_of(formula)
    parts = its.compose(*map(its.parts, of)) if its else None
    if its is None or parts is None:
        return None
    kind: Kind = "mistake" if any(one.meant == "mistake" for one in of) else "dialect"
    says = " ".join(one.says for one in of)
    source = "; ".join(one.source for one in of)
    name = JOINT.join(one.name for one in of)
    return Composed(formula, name, kind, says, source, its.body(parts), Guard(), of)


@cache
def composed(formula: str) -> tuple[Composed, ...]:
    """List every two forms of a formula that compose: conventions first, two mistakes last."""
    forms = [form for form in variants(formula) if form.meant != "canonical"]
    pairs = sorted(map(_ordered, combinations(forms, 2)), key=_mistakes)
    return tuple(one for pair in pairs if (one := compose(formula, pair)) is not None)


def _ordered(pair: tuple[Variant, ...]) -> tuple[Variant, ...]:
    return tuple(sorted(pair, key=lambda form: form.meant == "mistake"))


def _mistakes(pair: tuple[Variant, ...]) -> int:
    return sum(form.meant == "mistake" for form in pair)


def form(formula: str, name: str | None = None) -> Variant:
    """Return one form of a formula by its name; without one, the canonical form.

    Raises
    ------
    KeyError
        No form has that name, and none is composed of forms that have its parts.
    """
    known = {one.name: one for one in variants(formula)}
    if name is None or name in known:
        return known[name or "canonical"]
    found = compose(formula, tuple(known[part] for part in name.split(JOINT)))
    if found is None:
        raise KeyError(name)
    return found


def alone(formula: str) -> Iterator[tuple[Variant, Body]]:
    """Yield each form that is a trait, beside the body that its parts alone make."""
    its = recipe_of(formula)
    if its is not None:
        for form in variants(formula):
            if form.name in its.traits:
                yield form, its.body(its.traits[form.name])

"""How forms compose: each is entered as what it changes about the canonical form.

A formula has one recipe: named slots, each with the canonical part, and a way to put the parts
together. A trait fills some slots with other parts. Traits of different slots compose: a convention
with a mistake, two conventions, two mistakes. Nothing lists the combinations.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from inspect import signature
from itertools import combinations
from types import MappingProxyType
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.forms import variants
from gradmark.conformance.catalogue.options import MADE, Set, taking_options
from gradmark.conformance.catalogue.variant import (
    Body,
    Guard,
    Kind,
    Variant,
    entry,
    takes_dtype,
)
from gradmark.harness.contract.dtypes import DTYPES

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
    options : mapping
        What each option of the formula changes, by its value. A form that has a part `with_NAME`
        makes something else of it.
    """

    formula: str
    assemble: Callable[..., Body]
    around: Mapping[str, Wrap] = field(default_factory=dict)
    traits: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Callable[[Any], Mapping[str, Any]]] = field(default_factory=dict)

    def enter(
        self,
        kind: Kind,
        name: str,
        says: str,
        source: str,
        guard: Guard = Guard(),  # noqa: B008 - frozen
        /,
        **parts: Any,
    ) -> None:
        """Enter a form by what it changes, with the guard that rounding may lose."""
        entered = entry(self.formula, kind, source, guard)
        entered(named(name.replace("-", "_"), says, self.body(parts)))
        self.traits[name] = parts

    def borrow(self, other: Recipe, *names: str) -> None:
        """Enter forms of another formula, whose parts are the same here, under their names."""
        known = {its.name: its for its in variants(other.formula)}
        for name in names:
            its = known[name]
            self.enter(its.meant, name, its.says, its.source, **other.traits[name])

    @cached_property
    def inside(self) -> frozenset[str]:
        """The slots that the assembled body has."""
        return frozenset(signature(self.assemble).parameters)

    def body(self, parts: Mapping[str, Any]) -> Body:
        """Put parts together."""
        return taking_options(
            self.formula, self._put_together(parts), lambda chosen: self.with_options(parts, chosen)
        )

    def with_options(self, parts: Mapping[str, Any], chosen: Set) -> Body:
        """Put parts together beside those of options that are set."""
        more: dict[str, Any] = {}
        for name, value in chosen.items():
            more |= parts.get(f"with_{name}", self.options[name])(value)
        return self._put_together({**more, **parts})

    def _put_together(self, parts: Mapping[str, Any]) -> Body:
        given = {slot: part for slot, part in parts.items() if slot in self.inside}
        body: Body = self._alike(parts[WHOLE]) if WHOLE in parts else self.assemble(**given)
        for slot, wrap in self.around.items():
            if slot in parts:
                body = wrap(body, parts[slot])
        return body

    def _alike(self, body: Body) -> Body:
        """Let a body be called as assembled ones are."""
        if takes_dtype(body) or "dtype" not in self._called:
            return body
        return lambda *arguments, dtype: body(*arguments)  # noqa: ARG005 - it needs none

    def can_call(self, parts: Mapping[str, Any]) -> bool:
        """Whether what goes around bodies can hand on all that one of them asks for."""
        needs = WHOLE in parts and takes_dtype(parts[WHOLE])
        return not needs or "dtype" in self._called

    @cached_property
    def _called(self) -> frozenset[str]:
        return frozenset(signature(self.assemble()).parameters)

    def parts(self, variant: Variant) -> Mapping[str, Any]:
        """Return what a form changes; one that was not entered here is a whole of its own."""
        if isinstance(variant, Fitted):
            return variant.parts
        return self.traits.get(variant.name, {WHOLE: variant.body})

    def compose(self, *of: Mapping[str, Any]) -> dict[str, Any] | None:
        """Join the parts of several forms, if they stand in each other's way nowhere."""
        joined: dict[str, Any] = {}
        for parts in of:
            if any(joined[slot] != parts[slot] for slot in joined.keys() & parts.keys()):
                return None
            joined |= parts
        inside = joined.keys() & self.inside
        nothing_new = len(of) > 1 and any(joined == dict(parts) for parts in of)
        return None if (WHOLE in joined and inside) or nothing_new else joined


@dataclass(frozen=True)
class Fitted(Variant):
    """One of a family of forms, which differ in a constant."""

    constant: float = 0.0
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Forms that differ in a constant alone, which is fitted to answers.

    Parameters
    ----------
    formula : str
        The formula.
    name, says : str
        Of one of them, with {} in the constant's place.
    kind : "dialect" or "mistake"
        Whether documents know it.
    source : str
        Where it was met.
    parts : callable
        What one of them changes, by its constant.
    low, high : float
        Where the constant is looked for.
    guard : callable
        What rounding may lose of one of them.
    """

    formula: str
    name: str
    kind: Kind
    says: str
    source: str
    parts: Callable[[float], Mapping[str, Any]]
    low: float
    high: float
    guard: Callable[[float], Guard] = lambda _: Guard()

    def form(self, constant: float) -> Fitted:
        """Return the one that has this constant."""
        spelled, parts = spell(constant), self.parts(constant)
        name, says = self.name.format(spelled), self.says.format(spelled)
        body = _recipes[self.formula].body(parts)
        guard = self.guard(constant)
        return Fitted(
            self.formula, name, self.kind, says, self.source, body, guard, "", constant, parts
        )

    def named(self, name: str) -> Fitted | None:
        """Return the one that has this name, if one has."""
        before, after = self.name.split("{}")
        if not (name.startswith(before) and name.endswith(after)):
            return None
        with suppress(ValueError):
            found = self.form(float(name[len(before) : len(name) - len(after)]))
            return found if found.name == name else None
        return None


def spell(constant: float) -> str:
    """Spell a constant as people do.

    >>> spell(1e-06), spell(0.004), spell(50.0)
    ('1e-6', '0.004', '50')
    """
    text = repr(float(constant)).removesuffix(".0")
    return re.sub(r"e([-+])0*(\d+)", r"e\1\2", text)


_recipes: dict[str, Recipe] = {}
_families: dict[str, list[Family]] = defaultdict(list)


def family(
    formula: str,
    name: str,
    says: str,
    source: str,
    parts: Callable[[float], Mapping[str, Any]],
    low: float,
    high: float,
    *,
    kind: Kind = "dialect",
    guard: Callable[[float], Guard] = lambda _: Guard(),
) -> None:
    """Enter forms that differ in a constant."""
    _families[formula].append(Family(formula, name, kind, says, source, parts, low, high, guard))


def families(formula: str) -> tuple[Family, ...]:
    """List the families of forms of a formula."""
    return tuple(_families[formula])


def wider(variant: Variant, dtype: str) -> Variant:
    """Return the same form in code that computes in a wider dtype than its data has."""
    if isinstance(variant, Composed):
        of = tuple(wider(one, dtype) for one in variant.of)
        return replace(variant, stored=dtype, of=of)
    return replace(variant, stored=dtype)


def recipe(
    formula: str,
    assemble: Callable[..., Body],
    options: Mapping[str, Callable[[Any], Mapping[str, Any]]] = MappingProxyType({}),
    /,
    **around: Wrap,
) -> Recipe:
    """Enter the recipe of a formula."""
    _recipes[formula] = made = Recipe(formula, assemble, around, options=options)
    MADE[formula] = lambda name, body, chosen: made.with_options(
        {} if name == "canonical" else made.traits.get(name, {WHOLE: body}), chosen
    )
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
    if its is None or parts is None or not its.can_call(parts):
        return None
    kind: Kind = "mistake" if any(one.meant == "mistake" for one in of) else "dialect"
    says = " ".join(one.says for one in of)
    source = "; ".join(one.source for one in of)
    name = JOINT.join(one.name for one in of)
    return Composed(formula, name, kind, says, source, its.body(parts), Guard(), "", of)


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


def parts_of(variant: Variant) -> Mapping[str, Any] | None:
    """Return all parts of a form, those that it does not change included; nothing for a whole."""
    its = recipe_of(variant.formula)
    if its is None:
        return None
    of = variant.of if isinstance(variant, Composed) else (variant,)
    parts = {} if variant.meant == "canonical" else its.compose(*map(its.parts, of))
    if parts is None or WHOLE in parts:
        return None
    defaults = {name: slot.default for name, slot in signature(its.assemble).parameters.items()}
    return {**defaults, **parts}


def with_parts(variant: Variant, parts: Mapping[str, Any]) -> Variant:
    """Return a form with other parts, under its name."""
    its = recipe_of(variant.formula)
    assert its is not None
    return replace(variant, body=its.body(parts))


def form(formula: str, name: str | None = None) -> Variant:
    """Return one form of a formula by its name; without one, the canonical form.

    Raises
    ------
    KeyError
        No form has that name, and none is composed of forms that have its parts.
    """
    known = {one.name: one for one in variants(formula)}
    if name is not None and name not in known:  # perhaps what low precision makes of one
        for dtype in DTYPES:
            known = {one.name: one for one in variants(formula, dtype)} | known
    if name is None or name in known:
        return known[name or "canonical"]
    of = tuple(known.get(part) or _fitted(formula, part) for part in name.split(JOINT))
    found = of[0] if len(of) == 1 else compose(formula, of)
    if found is None:
        raise KeyError(name)
    return found


def _fitted(formula: str, name: str) -> Variant:
    fitted = (found for one in families(formula) if (found := one.named(name)) is not None)
    found = next(fitted, None)
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

"""How real code is called: what its names may mean, and what makes it answer like the contract.

These files are run by a contender's interpreter, beside the worker: they import nothing of
gradmark, and keep to Python 3.9. Each shape has `recognises`, which returns a `Binding` or says why
not; what stands for the contract's name is then asked like any contender.

A shape is found by names and signatures, and where these leave two ways to call it, by trying which
of them it answers at all: never by how right the answers are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from . import (
    activations,
    averages,
    chance,
    closures,
    frameworks,
    functional,
    functions,
    generators,
    held,
    listed,
    logits,
    loops,
    losses,
    native,
    networks,
    norms,
    operations,
    outside,
    pairs,
    saving,
    scalars,
    schedules,
    scripts,
    stepped,
    triples,
)
from .binding import Binding, NotThisFormulaError, NotThisShapeError
from .declared import DeclarationError, declare
from .definitions import define
from .redefined import put_in
from .source import Source, hands_on, is_abstract
from .suggested import suggestion
from .words import Row, keys, means, mentions, words

# Kinds of which other names are looked for, too; those of the others are everybody's.
KINDS = frozenset(
    "loss|gradient|activation|norm|in hand|optimizer|schedule|chance|test function".split("|")
)
SHAPES = (
    losses, activations, averages, norms, networks, chance, schedules, stepped, pairs, triples,
    closures, generators, loops, listed, held, outside, functional, functions,
)  # fmt: skip


TRIED, COMPILED = 2, 10  # seconds of its own that what is tried out may take, and a framework's


class Look:
    """What one contender has: its own functions and classes, by name."""

    def __init__(self, things: dict[str, Any], told: list[dict[str, Any]]) -> None:
        self.things = things
        self.rows = {row["name"]: Row(row) for row in told}

    def method(self, thing: Any, names: tuple[str, ...]) -> str:
        """Find the first of these methods that a class has."""
        for name in names:
            own = getattr(thing, name, None) if name in stepped.vars_of(thing) else None
            if callable(own) and not is_abstract(own) and not hands_on(own):
                return name
        raise NotThisShapeError(f"it has none of the methods {', '.join(names[:4])}, …")

    def base(self, row: Row) -> Row | None:
        """Return the formula that this one derives."""
        return self.rows.get(row.name[: -len(activations.SUFFIX)])

    def is_base(self, name: str, row: Row) -> bool:
        """Whether a name is that of the function that this formula derives."""
        base = self.base(row)
        if base is None or "backward" in keys(name)[0]:
            return False
        nonlin = activations.is_nonlin(name, self.things.get(name), base)
        return nonlin or means(name, base.names)

    def forward_of(self, row: Row) -> Any:
        """Find the function that this formula derives."""
        for name, thing in self.things.items():
            if not inspect.isclass(thing) and self.is_base(name, row):
                return thing
        raise NotThisShapeError("the function that it belongs to is not there")

    def tensor(self, user: Any) -> Any:
        """Find what makes parameters, for their user: a class of `data` that has a `grad`."""
        if native.of(user) is frameworks.pytorch:
            return native.leaf
        for thing in self.things.values():
            if inspect.isclass(thing) and _parameters(thing)[:1] == ["data"]:
                kind: Any = thing
                try:
                    made = kind([0.0])
                except Exception:  # not made of data alone
                    continue
                if hasattr(made, "grad"):
                    return kind
        return None

    def meant(self, name: str, thing: Any) -> list[Row]:
        """List the formulas that a name may mean; none of what raises where it is looked at."""
        try:
            return self._meant(name, thing)
        except Exception:
            return []

    def _meant(self, name: str, thing: Any) -> list[Row]:
        if frameworks.owner(thing) is not None:
            rows = self.rows
            return [row for row in rows.values() if frameworks.means(name, thing, row, rows)]
        return [
            row
            for row in self.rows.values()
            if name == row.name
            or (row.kind in KINDS and self.means_row(name, thing, row))
            or networks.is_one(name, thing, row)
        ]

    def means_row(self, name: str, thing: Any, row: Row) -> bool:
        """Whether a name of the contender's own may mean a formula.

        What a cross-entropy is one of, logits or probabilities, its source says and not its name.
        """
        if logits.is_of_logits(thing, row):
            both = (row.name, logits.OF_LOGITS.get(row.name))
            its = [self.rows[each] for each in both if each in self.rows]
            return len(its) > 1 and any(self._speaks_of(name, thing, each) for each in its)
        return self._speaks_of(name, thing, row)

    def _speaks_of(self, name: str, thing: Any, row: Row) -> bool:
        base = self.base(row) if row.name.endswith(activations.SUFFIX) else None
        if base is not None:
            if activations.is_derivative(name, row, base) or means(name, row.names):
                return True
            backward = keys(name)[-1].replace("backward", "")
            of_base = means(backward, base.names) if "backward" in keys(name)[0] else False
            return of_base or self.is_base(name, row)
        if row.kind == "activation" and (
            "backward" in keys(name)[0] or activations.OF_LOSSES & {*words(name)}
        ):
            return False
        loss = self.rows.get(row.name[: -len(losses.GRADIENT)])
        if row.kind == "gradient" and loss is not None and self.means_row(name, thing, loss):
            return losses.has_slope(thing)
        if row.kind == "gradient" and loss is not None and activations.is_slope_of(name, loss):
            return True
        if row.name == "categorical_cross_entropy" and losses.is_of_two_classes(thing):
            return False
        if row.name == "SGDMomentum" and "SGD" in self.rows and means(name, self.rows["SGD"].names):
            return any("momentum" in p.lower() or p == "mass" for p in _parameters(thing))
        return (
            means(name, row.names)
            or activations.is_nonlin(name, thing, row)
            or schedules.is_one(name, thing, row)
            or losses.is_cost(name, thing, row)
            or functional.is_plain_descent(name, thing, row)
        )

    def bind(self, name: str, row: Row) -> Binding | str:
        """Bind one name to one formula, or say why not."""
        try:
            return self.bind_thing(name, self.things[name], row)
        except NotThisShapeError as reason:
            return str(reason)

    def bind_thing(self, name: str, thing: Any, row: Row) -> Binding:
        """Bind a function or a class to a formula, whatever its name says.

        Raises
        ------
        NotThisShapeError
            It is called in no way that is known.
        """
        why = "it is called in no way that is known"
        for shape in (frameworks,) if frameworks.owner(thing) else SHAPES:
            try:
                found: Binding | None = shape.recognises(name, thing, row, self)
            except NotThisFormulaError:
                raise
            except NotThisShapeError as reason:
                why = str(reason)
                continue
            except Exception as error:  # a contender's class may raise where it is looked at
                why = f"it raised {type(error).__name__}: {error}"
                continue
            if found is not None:
                return found
        raise NotThisShapeError(why)

    def bind_method(self, name: str, kind: Any, row: Row, method: str) -> Binding:
        """Bind one of a class's methods that are optimizers each: `Trainer.adam_update`.

        Raises
        ------
        NotThisShapeError
            It is called in no way that is known.
        """
        found = stepped.bind(name, kind, row, self, (method,))
        found.target = f"{name}.{method}"
        return found


def _parameters(thing: Any) -> list[str]:
    try:
        return list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return []


class Survey:
    """What a contender's names may be bound to.

    Parameters
    ----------
    things : dict
        Its own functions and classes.
    told : list of dict
        The contract's rows.
    replaced : list of tuple
        Is added what is replaced in classes that are there to stay.
    briefly : callable
        Makes a context that interrupts what takes more seconds.

    Attributes
    ----------
    bindings : dict
        The bindings of each formula.
    misses : dict
        Of what may be meant and cannot be bound, the names and why not.
    wrong : list of str
        Declarations that cannot be meant.
    """

    def __init__(
        self,
        things: dict[str, Any],
        told: list[dict[str, Any]],
        replaced: native.Replaced,
        briefly: Callable[[float], AbstractContextManager[None]],
    ) -> None:
        things = frameworks.one_of_each(things, {row["name"] for row in told})
        self.of_objects = methods_of_objects(things)
        things = {name: frameworks.called(_called(thing)) for name, thing in things.items()}
        things = {name: native.adapted(thing, replaced) for name, thing in things.items()}
        things = {name: operations.as_layer(thing) for name, thing in things.items()}
        self.look, self.briefly = Look(things, told), briefly
        self.bindings: dict[str, list[Binding]] = {}
        self.misses: dict[str, list[tuple[str, str]]] = {}
        self.wrong: list[str] = []

    def declare(self, declarations: Any, scope: dict[str, Any]) -> None:
        """Bind what is declared, with the contender's names; it comes before all that is found."""
        scope = {**scope, **self.look.things}
        for each in declarations:
            try:
                self.bindings[each["formula"]] = [declare(self.look, scope, each)]
            except DeclarationError as error:
                if not each["everywhere"]:
                    self.wrong.append(str(error))
            except NotThisShapeError as reason:
                self.misses[each["formula"]] = [(each["call"], str(reason))]

    def search(self, wanted: list[str], as_they_are: set[str]) -> None:
        """Bind names to the formulas that are looked for; some have their own name already."""
        look, seen = self.look, set()
        own_kinds = {n: it for n, it in look.things.items() if frameworks.owner(it) is None}
        for name, thing in (*look.things.items(), *members(own_kinds), *self.of_objects):
            own_name = name in look.rows  # one class may be two formulas: SGDMomentum = SGD
            if id(thing) in seen and not own_name:  # under another name
                continue
            if self._is_step(name):
                continue
            if scalars.is_one(thing):
                for found in scalars.bindings(name, thing, look.rows):
                    if found.formula in wanted:
                        self.bindings.setdefault(found.formula, []).append(found)
            meant = look.meant(self._spoken(name), thing)
            seen |= {id(thing)} if meant or own_name else set()
            for row in meant:
                if own_name and row.name != name and row.name in look.things:
                    continue
                if name in as_they_are and row.name in logits.OF_LOGITS:
                    continue
                if row.name in wanted and not (name == row.name and name in as_they_are):
                    self._bind(name, thing, row)
        known = {*self.bindings, *as_they_are}
        self._search_methods(own_kinds, [name for name in wanted if name not in known])
        known |= {*self.bindings}
        left = [row for n, row in look.rows.items() if row.stepped and n in {*wanted} - known]
        for found in scripts.bindings(look.things, left):
            self.bindings.setdefault(found.formula, []).append(found)
        taken = {binding.target for its in self.bindings.values() for binding in its}
        taken |= as_they_are
        for name in look.things:
            for formula in wanted if name not in taken else ():
                if formula not in as_they_are:
                    self._mention(name, look.rows[formula])

    def _search_methods(self, kinds: dict[str, Any], wanted: list[str]) -> None:
        """Bind methods of which each is a formula: `Trainer.momentum_update`."""
        rows = [row for name, row in self.look.rows.items() if row.stepped and name in wanted]
        for name, kind in kinds.items():
            methods = vars(kind) if inspect.isclass(kind) else {}
            its = [own for own, its in methods.items() if own[0] != "_" and inspect.isfunction(its)]
            for own in its:
                if own in stepped.METHODS or _member(kind, own) is not None:
                    continue
                for row in (row for row in rows if self.look.means_row(own, methods[own], row)):
                    try:
                        found = self._tried(self.look.bind_method, name, kind, row, own)
                    except NotThisShapeError as reason:
                        self.misses.setdefault(row.name, []).append((f"{name}.{own}", str(reason)))
                    else:
                        self.bindings.setdefault(row.name, []).append(found)

    def _is_step(self, name: str) -> bool:
        """Whether a name is that of the step of an optimizer that is bound already."""
        owner, _, method = name.rpartition(".")
        bound = {binding.target for its in self.bindings.values() for binding in its}
        return owner in bound and method in stepped.METHODS and owner in self.look.things

    def _spoken(self, name: str) -> str:
        """Return what says what a name means: a class's name, of its objects' methods, says less.

        `Math.sigmoid` is a sigmoid; `sigmoid.derivative`, of an object, the derivative of one.
        """
        of_object = any(name == other for other, _ in self.of_objects)
        return name.replace(".", "_") if of_object else name.rpartition(".")[2]

    def _bind(self, name: str, thing: Any, row: Row) -> None:
        own = self._spoken(name)
        try:
            found = self._tried(self.look.bind_thing, own, thing, row)
            if name != own:
                found.target, found.call = name, found.call.replace(own, name, 1)
        except NotThisShapeError as reason:
            # What is bound as its value, too, need not give a slope.
            beside = row.kind == "gradient" and not (
                inspect.isclass(thing) or means(own, row.names)
            )
            of_base = row.name.endswith(activations.SUFFIX) and self.look.is_base(own, row)
            if not (beside or of_base):
                self.misses.setdefault(row.name, []).append((name, str(reason)))
        else:
            self.bindings.setdefault(row.name, []).append(found)

    def _tried(self, bind: Callable[..., Binding], *about: Any) -> Binding:
        """Bind what ends when it is tried out."""
        try:
            with self.briefly(COMPILED if frameworks.are_there() else TRIED):
                return bind(*about)
        except TimeoutError as endless:
            raise NotThisShapeError(f"tried out, {endless}") from None

    def _mention(self, name: str, row: Row) -> None:
        known = row.name in self.bindings or row.name in self.misses
        its_state = words(name)[-1:] == ("state",)  # an optimizer's, and no optimizer
        if not known and row.stepped and not its_state and mentions(name, row.names):
            self.misses[row.name] = [(name, "its name alone speaks of it")]

    def suggestions(self) -> dict[str, str]:
        """Spell for each formula a call to put right, where its own is not certain."""
        names = {formula: why[0][0] for formula, why in self.misses.items()}
        names.update((formula, its[0].target) for formula, its in self.bindings.items())
        things = {**self.look.things, **dict(members(self.look.things)), **dict(self.of_objects)}
        return {
            formula: suggestion(name, things[name], self.look.rows[formula])
            for formula, name in names.items()
            if name in things
        }


def methods_of_objects(things: dict[str, Any]) -> list[tuple[str, Any]]:
    """List the methods of objects that a file has made: `sigmoid.derivative`."""
    return [
        (f"{name}.{own}", getattr(thing, own))
        for name, thing in things.items()
        if _called(thing) is not thing
        for own, method in vars(type(thing)).items()
        if own[0] != "_" and inspect.isfunction(method)
    ]


def _called(thing: Any) -> Any:
    """Return the method by which an object of the file's own is called; else the thing itself."""
    kind = type(thing)
    method = vars(kind).get("__call__")
    if kind.__name__[0] != "_" or not inspect.isfunction(method) or frameworks.owner(thing):
        return thing
    return method.__get__(thing)


def members(things: dict[str, Any]) -> list[tuple[str, Any]]:
    """List methods of classes that need nothing of their object: `Network.sigmoid`."""
    found: list[tuple[str, Any]] = []
    for name, kind in things.items():
        inner = [own for own in vars(kind) if own[0] != "_"] if inspect.isclass(kind) else []
        found += [(f"{name}.{own}", _member(kind, own)) for own in inner]
    return [(name, method) for name, method in found if callable(method)]


def _member(kind: Any, own: str) -> Any:
    """Return a static method, or a method of an object without content; None for any other."""
    if not isinstance(vars(kind)[own], (staticmethod, classmethod)):
        try:
            source = Source(vars(kind)[own])
            first = next(iter(inspect.signature(vars(kind)[own]).parameters), "")
            if not all(callable(getattr(kind, a, None)) for a in source.attributes_of(first)):
                return None
            return getattr(object.__new__(kind), own)
        except (NotThisShapeError, TypeError, ValueError):
            return None
    return getattr(kind, own)


__all__ = ["Binding", "NotThisShapeError", "Survey", "define", "put_in", "saving"]

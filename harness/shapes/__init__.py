"""How real code is called: what its names may mean, and what makes it answer like the contract.

These files are run by a contender's interpreter, beside the worker: they import nothing of
gradmark, and keep to Python 3.9. Each shape has `recognises`, which returns a `Binding` or says why
not; what stands for the contract's name is then asked like any contender.

A shape is found by names and signatures, and where these leave two ways to call it, by trying which
of them it answers at all: never by how right the answers are.
"""

from __future__ import annotations

import inspect
from typing import Any

from . import activations, frameworks, functional, loops, losses, schedules, stepped, triples
from .binding import Binding, NotThisShapeError
from .definitions import define
from .words import Row, keys, means, mentions

KINDS = frozenset(("loss", "activation", "optimizer", "schedule"))  # that there are shapes for
SHAPES = (losses, activations, schedules, stepped, triples, loops, functional)


class Look:
    """What one contender has: its own functions and classes, by name."""

    def __init__(self, things: dict[str, Any], told: list[dict[str, Any]]) -> None:
        self.things = things
        self.rows = {row["name"]: Row(row) for row in told}

    def method(self, thing: Any, names: tuple[str, ...]) -> str:
        """Find the first of these methods that a class has."""
        for name in names:
            if name in vars_of(thing) and callable(getattr(thing, name)):
                return name
        raise NotThisShapeError(f"it has none of the methods {', '.join(names[:4])}, …")

    def base(self, row: Row) -> Row | None:
        """Return the formula that this one derives."""
        return self.rows.get(row.name[: -len(activations.SUFFIX)])

    def is_base(self, name: str, row: Row) -> bool:
        """Whether a name is that of the function that this formula derives."""
        base = self.base(row)
        return base is not None and means(name, base.names) and "backward" not in keys(name)[0]

    def forward_of(self, row: Row) -> Any:
        """Find the function that this formula derives."""
        for name, thing in self.things.items():
            if not inspect.isclass(thing) and self.is_base(name, row):
                return thing
        raise NotThisShapeError("the function that it belongs to is not there")

    def tensor(self) -> Any:
        """Find the class of parameters: one made of `data` that has a `grad`."""
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
        """List the formulas that a name may mean."""
        if frameworks.owner(thing) is not None:
            rows = self.rows
            return [row for row in rows.values() if frameworks.means(name, thing, row, rows)]
        return [
            row for row in self.rows.values() if row.kind in KINDS and self._means(name, thing, row)
        ]

    def _means(self, name: str, thing: Any, row: Row) -> bool:
        base = self.base(row) if row.name.endswith(activations.SUFFIX) else None
        if base is not None:
            if activations.is_derivative(name, row, base) or means(name, row.names):
                return True
            backward = keys(name)[-1].replace("backward", "")
            of_base = means(backward, base.names) if "backward" in keys(name)[0] else False
            return of_base or self.is_base(name, row)
        if row.kind == "activation" and "backward" in keys(name)[0]:
            return False
        if row.name == "SGDMomentum" and "SGD" in self.rows and means(name, self.rows["SGD"].names):
            return any("momentum" in p.lower() or p == "mass" for p in _parameters(thing))
        return (
            means(name, row.names)
            or schedules.is_one(name, thing, row)
            or losses.is_cost(name, thing, row)
            or functional.is_plain_descent(name, thing, row)
        )

    def bind(self, name: str, row: Row) -> Binding | str:
        """Bind one name to one formula, or say why not."""
        why = "it is called in no way that is known"
        for shape in (frameworks,) if frameworks.owner(self.things[name]) else SHAPES:
            try:
                found: Binding | None = shape.recognises(name, self.things[name], row, self)
            except NotThisShapeError as reason:
                why = str(reason)
                continue
            except Exception as error:  # a contender's class may raise where it is looked at
                why = f"it raised {type(error).__name__}: {error}"
                continue
            if found is not None:
                return found
        return why


def vars_of(thing: Any) -> set[str]:
    """List what a class and those it is made from define themselves."""
    return {name for kind in thing.__mro__[:-1] for name in vars(kind)}


def _parameters(thing: Any) -> list[str]:
    try:
        return list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return []


def survey(
    things: dict[str, Any], told: list[dict[str, Any]], wanted: list[str]
) -> tuple[dict[str, list[Binding]], dict[str, list[tuple[str, str]]]]:
    """Find out what a contender's names may be bound to.

    Parameters
    ----------
    things : dict
        Its own functions and classes.
    told : list of dict
        The contract's rows.
    wanted : list of str
        The formulas that are looked for.

    Returns
    -------
    dict, dict
        The bindings of each formula; and of what may be meant and cannot be bound, why not.
    """
    things = frameworks.one_of_each(things)
    look = Look(things, told)
    bindings: dict[str, list[Binding]] = {}
    misses: dict[str, list[tuple[str, str]]] = {}
    for name, thing in things.items():
        rows = [row for row in look.meant(name, thing) if row.name in wanted]
        for row in rows:
            found = look.bind(name, row)
            if isinstance(found, Binding):
                bindings.setdefault(row.name, []).append(found)
            elif not row.name.endswith(activations.SUFFIX) or not look.is_base(name, row):
                misses.setdefault(row.name, []).append((name, found))
    taken = {binding.target for its in bindings.values() for binding in its}
    for name in things:
        for formula in wanted if name not in taken else ():
            row = look.rows[formula]
            known = formula in bindings or formula in misses
            if not known and row.stepped and mentions(name, row.names):
                misses.setdefault(formula, []).append((name, "its name alone speaks of it"))
    return bindings, misses


__all__ = ["Binding", "NotThisShapeError", "define", "survey"]

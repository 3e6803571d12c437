"""A declaration to begin with: what a name takes, in the contract's names as far as they are known.

A ? stands where nothing is known; it is no Python, so that nobody is judged by it unread.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from .activations import DERIVATIVES, SUFFIX, VALUES
from .assign import named
from .binding import NotThisShapeError
from .containers import gradient_name, weights_name
from .source import Source
from .words import METHODS, SLOPE_METHODS, Row

STEPS = ("step", "update", "apply", "optimize", "__call__")


def suggestion(name: str, thing: Any, row: Row) -> str:
    """Spell a call of a name for a formula: ``MyAdam(speed=?, b1=beta1).move(w, grad)``."""
    if not inspect.isclass(thing):
        states = _returned_beside(thing) if row.stepped else []
        assigned = f"{', '.join(['w', *states])} = " if states else ""
        return f"{assigned}{name}({_arguments(thing, row, own=True, states=states)})"
    methods = [m for m in vars(thing) if m[0] != "_" and callable(getattr(thing, m))]
    likely = [m for m in (*_likely(row), *methods) if m in vars(thing)]
    if not likely:
        return f"{name}({_arguments(thing, row)}).?"
    its = _arguments(getattr(thing, likely[0]), row, own=True, less=1)
    return f"{name}({_arguments(thing, row)}).{likely[0]}({its})"


def _likely(row: Row) -> tuple[str, ...]:
    """List what a class may call the method that gives a formula."""
    if row.kind == "gradient":
        return SLOPE_METHODS
    if row.name.endswith(SUFFIX):
        return DERIVATIVES
    return METHODS if row.kind == "loss" else VALUES if row.kind == "activation" else STEPS


def _returned_beside(thing: Any) -> list[str]:
    """List the arguments that come back beside the weights: the state."""
    try:
        taken = [p.name for p in named(thing)]
        values = Source(thing).returned()
    except NotThisShapeError:
        return []
    parts = [getattr(each, "id", "") for each in getattr(values[-1], "elts", [])] if values else []
    return parts[1:] if {*parts[1:]} <= {*taken} - {"w"} else []


def _arguments(
    function: Any, row: Row, *, own: bool = False, less: int = 0, states: Sequence[str] = ()
) -> str:
    try:
        its = [p.name for p in named(function) if p.default is p.empty or not own][less:]
    except NotThisShapeError:
        return "?"
    pair = ((weights_name(its), "w"), (gradient_name(its), "grad"))
    stepped = row.stepped and own
    roles = {found: role for found, role in pair if found is not None} if stepped else {}
    roles.update((state, state) for state in states)
    for each in its:
        known = [p.name for p in row.params if p.is_called(each) and p.name not in roles.values()]
        roles.setdefault(each, known[0] if known else "?")
    return ", ".join(f"{each}={roles[each]}" for each in its)

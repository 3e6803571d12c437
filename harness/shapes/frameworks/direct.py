"""What frameworks call in ways of their own: norms, clipping, dropout, first weights.

A framework's file lists in `DIRECT`, by the name that is used there and the formula, how the call
is spelled, and what makes of the framework's function or class one that is called as the contract
says. What takes no generator draws from what the process is sown with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..binding import Binding, NotThisShapeError
from ..words import Row
from .named import base_of

KINDS = frozenset(("norm", "in hand", "chance"))
Made = Callable[..., Any]
Direct = Mapping[tuple[str, str], tuple[str, Callable[[Any], Made]]]


def seed_of(rng: Any) -> int:
    """Draw a seed for a framework whose generators are its own."""
    return int(rng.integers(2**31))


def has_gradient(shape: Any, thing: Any) -> bool:
    """Whether the framework is known to carry a gradient back: over a function, not a layer."""
    return hasattr(shape, "pulled_back") and not inspect.isclass(thing)


def is_listed(shape: Any, name: str, thing: Any, row: Row, rows: Mapping[str, Row]) -> bool:
    """Whether a framework's file says how a name is asked for a formula."""
    return _entry(shape, name, thing, base_of(row, rows) or row) is not None


def _entry(shape: Any, name: str, thing: Any, row: Row) -> tuple[str, Callable[[Any], Made]] | None:
    known: Direct = getattr(shape, "DIRECT", {})
    own = getattr(thing, "__name__", name).rstrip("_")  # what works in place ends so
    return known.get((own, row.name))


def recognises(shape: Any, name: str, thing: Any, row: Row, look: Any) -> Binding:
    """Bind what the framework's file lists, or its gradient.

    Raises
    ------
    NotThisShapeError
        It lists nothing for this name.
    """
    base = base_of(row, look.rows)
    known = _entry(shape, name, thing, base or row)
    if known is None:
        raise NotThisShapeError("how it is asked for this formula is not known")
    spelled, make = known
    stands, call = make(thing), f"{name}{spelled}"
    if base is not None:
        stands, call = shape.pulled_back(stands, row), f"the gradient of {name}"
    takes = inspect.signature(stands).parameters
    without = tuple(p.name for p in row.params if p.role == "generator" and p.name not in takes)
    return Binding(row.name, name, call, "direct", stands, without=without)

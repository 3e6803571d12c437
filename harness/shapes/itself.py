"""Steps of an object over weights that it makes itself: ``net.momentum_step(dW, db)``.

Each of its weights is the one that is asked about, with the same gradient: they are stepped alike.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

from numpy import array, ndarray, zeros_like

from .binding import NotThisShapeError
from .containers import gradient_name, told_apart
from .source import Source, spelled
from .steps import Wrap, moves
from .words import Row, is_weights, slope_of

DICTS = (("grads", "params"), ("gradients", "params"), ("grads", "parameters"),
         ("gradients", "parameters"), ("gradients", "weights"), ("grads", "weights"))  # fmt: skip
# How constructors call the numbers of units; what they call a list of these ends with an s.
SIZE = re.compile(
    r"(^|_)(n|num|size|dim|in|out|input|hidden|output|features|units|neurons|nodes)(_|$)"
)
SIZES = re.compile(r"(^|_)(sizes|dims|layers|dimensions)$")
UNITS = 2


def units(thing: Any, ctor: list[inspect.Parameter], row: Row, way: OfItself) -> dict[str, Any]:
    """Say what a constructor is given that no step makes use of: how many units there are.

    What has a default, and is no setting of the optimizer, stays what it is.
    """
    found: dict[str, Any] = {}
    at_stake = {own for own in _at_stake(thing, way) if not SIZES.search(own)}
    for parameter in ctor:
        own = parameter.name.lower()
        if parameter.name in at_stake or any(h.is_called(own) for h in row.hyper):
            continue
        if parameter.default is not parameter.empty:
            found[parameter.name] = parameter.default
        elif SIZES.search(own) or SIZE.search(own):
            found[parameter.name] = [UNITS, UNITS] if SIZES.search(own) else UNITS
    return found


def _at_stake(thing: Any, way: OfItself) -> set[str]:
    """List what those attributes are made of that a step reads, which are no weights or zeros."""
    left = [way.method]
    read: set[str] = set()
    while left:
        its = Source(getattr(thing, left.pop())).attributes_of("self") - read
        read |= its
        left += [own for own in its if inspect.isfunction(getattr(thing, own, None))]
    read -= {w for w, _ in way.pairs}
    made = [
        value
        for kind in thing.__mro__[:-1]
        for to, value in Source(kind).assigned()
        if spelled(to).partition(".")[2] in read and "zeros" not in ast.dump(value)
    ]
    return {name for value in made for name in Source(value).names()}


def stepped(source: Source, method: str, its: list[str]) -> OfItself:
    """Read which attributes are weights, and where the gradient of each is.

    Raises
    ------
    NotThisShapeError
        It cannot be told.
    """
    read = source.attributes_of("self") - {method}
    if its:
        pairs = _handed(its, read)
    else:
        own = [(w, g) for w in sorted(read) if (g := slope_of(w, read))]
        pairs = own or [(w, g) for g, w in DICTS if {w, g} <= read]
    if not pairs:
        raise NotThisShapeError(f"what {method}({', '.join(its)}) takes cannot be told")
    return OfItself(method, pairs, handed=bool(its), prefixed="d" in source.texts())


def _handed(its: list[str], read: set[str]) -> list[tuple[str, str]]:
    """Pair attributes with the arguments that are their gradients; each must have one."""
    pairs = [(w, g) for w in sorted(read) if (g := slope_of(w, its))]
    if len(pairs) == len(its):
        return pairs
    weights = [own for own in read if is_weights(own)]
    known = len(its) == len(weights) == 1 and gradient_name(its)
    return [(weights[0], its[0])] if known else []


class OfItself(Wrap):
    """``step(dW, db)``, or ``step()``, of the weights that an object has made itself."""

    def __init__(
        self, method: str, pairs: list[tuple[str, str]], *, handed: bool, prefixed: bool
    ) -> None:
        self.method, self.handed, self.prefixed = method, handed, prefixed
        self.pairs = sorted(pairs, key=lambda pair: pair[0].lower().startswith("b"))

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step; what its object keeps that is zero is state, and gets their shape."""
        weights = {w for w, _ in self.pairs}
        begun: list[Any] = []

        def step(w: Any, g: Any, **more: Any) -> Any:
            held = vars(optimizer)
            if not begun:
                begun.append(None)
                for name in {*held} - weights:
                    if all(not each.any() for each in _arrays(held[name])):
                        held[name] = _each(held[name], lambda _: zeros_like(w))
            slopes = {}
            for own, slope in self.pairs:
                held[own] = _each(held[own], lambda _: array(w))
                slopes[slope] = _each(held[own], lambda _: array(g), "d" * self.prefixed)
            if not self.handed:
                held.update(slopes)
            getattr(optimizer, self.method)(**(slopes if self.handed else {}), **more)
            first, *others = (a for own, _ in self.pairs for a in _arrays(vars(optimizer)[own]))
            return told_apart(first, *others) if self.alike else first

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Doubt what moves nothing: it may hold its weights in another way."""
        self.certain = moves(make, row)


def _arrays(value: Any) -> Any:
    """Go through the arrays that an attribute is, or holds in a dict or in lists."""
    if isinstance(value, ndarray):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if type(value) is list else ()
    ):
        yield from _arrays(inner)


def _each(value: Any, change: Callable[[Any], Any], prefix: str = "") -> Any:
    """Change the arrays of an attribute, as they lie in a dict or in lists."""
    if isinstance(value, dict):
        return {f"{prefix}{n}" if prefix else n: _each(its, change) for n, its in value.items()}
    if type(value) is list:
        return [_each(its, change) for its in value]
    return change(value) if isinstance(value, ndarray) else value

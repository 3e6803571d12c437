"""Optimizers as functions of parameters that have a `grad`: one of them, or a list."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from numpy import zeros_like

from .assign import Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import weights_name
from .driven import Driven, bound, fixed
from .holders import Array, Each, Layer, Leaf, Tensor, holder
from .source import Source, spelled
from .words import COUNTERS, SETTINGS, Row

STATES = frozenset(
    "state states velocity velocities cache caches v vs m ms s buf bufs buffer buffers mem mems"
    " moments momentums momentum_buffer momentum_buffers sqr_avgs grad_avgs".split()
)


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise ``adam(params, states, hyperparams)``, which loops over the parameters."""
    if not row.stepped or inspect.isclass(thing):
        return None
    source, its = Source(thing), named(thing)
    names = [p.name for p in its]
    settings = [n for n in names if n.lower() in SETTINGS]
    params = weights_name([n for n in names if n not in settings and n.lower() not in STATES])
    its_own = _held(source, params, look.tensor(thing)) if params else None
    if params is None or its_own is None:
        return None
    hyper = {p.name for p in its if any(h.is_called(p.name) for h in row.hyper)}
    states = [p.name for p in its if p.name.lower() in STATES and p.name not in hyper]
    counted = [n for n in names if n.lower() in COUNTERS]
    if len(settings) > 1 or (states and isinstance(its_own, (Leaf, Tensor))):
        raise NotThisShapeError("which argument is the state cannot be told")
    roles, counters = _roles(source, its, {params, *states, *counted}, settings, row)
    pinned = fixed(roles, Constants(thing, row))

    def made(counted_from: int = 1) -> Any:
        def make(**hyper: Any) -> Driven:
            held: Any = its_own.make()
            kept: dict[str, Any] = {}
            steps = counted_from - 1

            def advance(w: Any, g: Any, rate: float) -> Any:
                nonlocal steps
                steps += 1
                shape, w, g = w.shape, w.ravel(), g.ravel()  # it may write to `p[:]`
                its_own.fill(held, w, g)
                if not kept:
                    kept.update({name: _state(source, name, w) for name in states})
                    kept.update({name: dict(counters) for name in settings})
                given = roles.arguments({**hyper, "lr": rate})
                for name in settings:
                    kept[name].update(given)
                arguments = {} if settings else given
                thing(**{params: held}, **kept, **dict.fromkeys(counted, steps), **arguments)
                return its_own.read(held).reshape(shape)

            return Driven(hyper, advance, lambda: kept)

        return make

    others = (made(0),) if counted else ()
    call = f"{name}({', '.join(names)}), reading .grad"
    return bound(name, row, call, "lists of parameters", made(), roles, pinned, others=others)


def _held(source: Source, params: str, kind: Any) -> Layer | None:
    """Tell what holds weights beside gradients; None where nothing is read as `grad`."""
    entries = [params, *map(spelled, source.elements_of(params))]
    if not any("grad" in source.attributes_of(entry) for entry in entries):
        return None
    try:
        return holder(source, params, kind)
    except NotThisShapeError:
        return Each(Array())


def _roles(
    source: Source, its: list[inspect.Parameter], own: set[str], settings: list[str], row: Row
) -> tuple[Assigned, dict[str, int]]:
    """Give roles to arguments, or to the keys of the settings; a counter there begins at 1."""
    if not settings:
        return assign([p for p in its if p.name not in own], row.hyper), {}
    keys = source.keys_of(settings[0])
    counters = {key: 1 for key in keys if key in COUNTERS}
    kind = inspect.Parameter.KEYWORD_ONLY
    names = [key for key in keys if key not in counters and key.isidentifier()]
    return assign([inspect.Parameter(k, kind, default=None) for k in names], row.hyper), counters


def _state(source: Source, name: str, w: Any) -> list[Any]:
    """Make the state of one parameter: an array, or as many as its loop takes apart."""
    for element in source.elements_of(name):
        if isinstance(element, ast.Tuple):
            return [tuple(zeros_like(w) for _ in element.elts)]
    return [zeros_like(w)]

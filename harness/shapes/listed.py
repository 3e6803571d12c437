"""Optimizers as functions of lists of parameters that have a `grad`, with settings in a dict."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from numpy import array, asarray, ndarray, zeros_like

from .assign import Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import weights_name
from .driven import Driven, bound, fixed
from .source import Source, spelled
from .words import COUNTERS, Row

SETTINGS = frozenset("hyperparams hyper_params hyperparameters hp hparams config cfg".split())
STATES = frozenset("states state velocities cache caches".split())


class Parameter(ndarray[Any, Any]):
    """An array that has a gradient beside it."""

    grad: Any = None


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise ``adam(params, states, hyperparams)``, which loops over the parameters."""
    del look
    if not row.stepped or inspect.isclass(thing):
        return None
    source, its = Source(thing), named(thing)
    names = [p.name for p in its]
    states = [n for n in names if n.lower() in STATES]
    settings = [n for n in names if n.lower() in SETTINGS]
    params = weights_name([n for n in names if n not in (*states, *settings)])
    if params is None or not _looped_with_grad(source, params):
        return None
    if len(states) > 1 or len(settings) > 1:
        raise NotThisShapeError("which argument is the state cannot be told")
    roles, counters = _roles(source, its, {params, *states}, settings, row)
    pinned = fixed(roles, Constants(thing, row))

    def make(**hyper: Any) -> Driven:
        kept: dict[str, Any] = {}

        def advance(w: Any, g: Any, rate: float) -> Any:
            shape, w, g = w.shape, w.ravel(), g.ravel()  # it may write to `p[:]`
            if not kept:
                parameter = array(w).view(Parameter)
                kept.update(p=parameter, s=_state(source, states, w), h=dict(counters))
            kept["p"][...] = w
            kept["p"].grad = array(g)
            given = roles.arguments({**hyper, "lr": rate})
            kept["h"].update(given)
            arguments = {settings[0]: kept["h"]} if settings else given
            thing(**{params: [kept["p"]]}, **dict.fromkeys(states, kept["s"]), **arguments)
            return asarray(kept["p"]).view(ndarray).reshape(shape)

        return Driven(hyper, advance)

    call = f"{name}({', '.join(names)}), reading .grad"
    return bound(name, row, call, "lists of parameters", make, roles, pinned)


def _looped_with_grad(source: Source, params: str) -> bool:
    entries = map(spelled, source.elements_of(params))
    return any("grad" in source.attributes_of(entry) for entry in entries)


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


def _state(source: Source, states: list[str], w: Any) -> list[Any]:
    """Make the state of one parameter: an array, or as many as its loop takes apart."""
    if not states:
        return []
    for loop in source.nodes(ast.For):
        parts = [e for e in getattr(loop.target, "elts", []) if isinstance(e, ast.Tuple)]
        if parts:
            return [tuple(zeros_like(w) for _ in parts[0].elts)]
    return [zeros_like(w)]

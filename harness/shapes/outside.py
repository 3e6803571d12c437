"""Optimizers as functions that keep what they change in their module: ``global W, m, v, t``."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numpy import array, ndarray, zeros_like

from .assign import NEUTRAL, assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import gradient_name
from .driven import Driven, bound, fixed
from .source import Source, spelled
from .words import Row, is_weights, slope_of


class Outside:
    """What a function changes of its module, and in which state it was there at first."""

    def __init__(self, thing: Any, source: Source) -> None:
        self.module = inspect.unwrap(thing).__globals__
        self.declared = {n for node in source.nodes(ast.Global) for n in node.names}
        read = source.names() - {*source.arguments()}
        places = [n for n in source.nodes(ast.Subscript) if isinstance(n.ctx, ast.Store)]
        written = {spelled(n.value) for n in places}  # an array that is read alone may be large
        kept = {n for n in read if isinstance(self.module.get(n), (dict, list))}
        kept |= {n for n in read & written if isinstance(self.module.get(n), ndarray)}
        self.first = {n: self.module.get(n) for n in sorted(self.declared | kept)}
        self.first = {n: its[0] for n, v in self.first.items() if (its := _copies(v))}

    def begun(self, w: Any) -> dict[str, Any]:
        """Return it as it was at first; arrays of zeros get the weights' shape."""
        its = copy.deepcopy(self.first)
        zero = {n: zeros_like(w) for n, v in its.items() if isinstance(v, ndarray) and not v.any()}
        return {**its, **zero}

    @contextmanager
    def lent(self, state: dict[str, Any], settings: dict[str, Any]) -> Iterator[None]:
        """Let the function find a state, and settings, in its module; the state is kept."""
        before = {n: self.module[n] for n in (*state, *settings) if n in self.module}
        self.module.update(state)
        self.module.update(settings)
        try:
            yield
        finally:
            state.update({n: self.module[n] for n in state})
            for n in (*state, *settings):
                self.module.pop(n)
            self.module.update(before)


def _copies(value: Any) -> list[Any]:
    """Return a copy; none of what cannot be copied, such as a lock: it is no state."""
    try:
        return [copy.deepcopy(value)]
    except Exception:  # whatever it raises
        return []


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise ``sgd_step(dW)``, whose weights are its module's; settings there are set."""
    del look
    if not row.stepped or not inspect.isfunction(inspect.unwrap(thing)):
        return None
    source, its = Source(thing), named(thing)
    outside = Outside(thing, source)
    if not outside.declared:
        return None
    names = [p.name for p in its]
    pairs = _pairs(outside, names, source)
    slopes = {slope for _, slope in pairs}
    constants = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=outside.module[n])
        for n in sorted(source.names() - {*names, *outside.first})
        if type(outside.module.get(n)) in (int, float)
        and (n.lower() in NEUTRAL or any(h.is_called(n) for h in row.hyper))
    ]
    roles = assign([*(p for p in its if p.name not in slopes), *constants], row.hyper)
    pinned = fixed(roles, Constants(thing, row))
    if "lr" not in {**roles.of, **pinned}:
        raise NotThisShapeError("nothing is called like the learning rate")

    def make(**hyper: Any) -> Driven:
        state: dict[str, Any] = {}

        def advance(w: Any, g: Any, rate: float) -> Any:
            state.update({} if state else outside.begun(w))
            state.update({n: array(w) for n, _ in pairs})
            given = {**roles.arguments({**hyper, "lr": rate}), **{n: array(g) for n in slopes}}
            settings = {n: value for n, value in given.items() if n not in names}
            with outside.lent(state, settings):
                thing(**{n: value for n, value in given.items() if n in names})
            return state[pairs[0][0]]

        return Driven(hyper, advance, lambda: state)

    changed = ", ".join(w for w, _ in pairs)
    call = f"{name}({', '.join(names)}), which changes {changed} of its module"
    return bound(name, row, call, "its module's weights", make, roles, pinned)


def _pairs(outside: Outside, names: list[str], source: Source) -> list[tuple[str, str]]:
    """Pair the weights that a function changes with their gradients, handed or its module's."""
    known = {*names, *source.names()} - outside.declared
    pairs = [(w, g) for w in sorted(outside.declared) if (g := slope_of(w, known))]
    if pairs:
        return sorted(pairs, key=lambda pair: pair[0].lower().startswith("b"))
    weights = [n for n in outside.declared if is_weights(n)]
    values = [n for n in sorted(known) if not callable(outside.module.get(n, len))]
    slope = gradient_name(names) or gradient_name(values)
    if len(weights) != 1 or slope is None:
        raise NotThisShapeError("which variables are weights and gradient cannot be told")
    return [(weights[0], slope)]

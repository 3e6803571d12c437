"""Optimizers as generators: they yield weights, or changes of them, and are sent gradients."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from numpy import array

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import weights_name
from .driven import SIGNS, Driven, arrived, bound, fixed, is_change
from .loops import CALLBACKS
from .shown import Running
from .source import Source
from .words import Row

LACKS = ("rate that changes", "weights given")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise ``def adam(w, lr): while True: g = yield w``."""
    del look
    if not row.stepped or not inspect.isgeneratorfunction(thing):
        return None
    its = named(thing)
    start = weights_name([p.name for p in its])
    sent = any(isinstance(node.value, ast.Yield) for node in Source(thing).nodes(ast.Assign))
    if not (start or sent) or any(p.name.lower() in CALLBACKS for p in its):
        raise NotThisShapeError("where it starts cannot be told")
    roles = assign([p for p in its if p.name != start], row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def made(sign: float = 0.0) -> Any:
        def make(**hyper: Any) -> Driven:
            running: list[Any] = []
            kept = Running(getattr(thing, "__code__", None))

            def advance(w: Any, g: Any, rate: float) -> Any:
                del rate
                if not running:
                    begun = {start: array(w)} if start else {}
                    running.append(thing(**begun, **roles.arguments(hyper)))
                    next(running[0])
                    kept.look(running[0].gi_frame)
                return arrived(w, running[0].send(array(g)), sign)

            return Driven(hyper, advance, kept.held)

        return make

    change = is_change(made(), row)
    first, *others = map(made, SIGNS if change else (0.0,))
    call = f"{name}({', '.join(p.name for p in its)}), sent gradients"
    return bound(
        name, row, call, "generator", first, roles, pinned, certain=not change,
        lacks=LACKS if start else LACKS[:1],
        others=tuple(others),
    )  # fmt: skip

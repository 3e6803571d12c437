"""Optimizers as three functions: init, update and get_params, made by a fourth."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from numpy import array, array_equal

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import gradient_name
from .driven import RATE, Driven, bound, fixed, probe
from .saving import PICKLE
from .source import Source
from .words import COUNTERS, Row


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise what returns init, update and get_params."""
    del look
    if not row.stepped or inspect.isclass(thing):
        return None
    source = Source(thing)
    returned = source.returned()
    value = returned[-1] if returned else None
    elements = getattr(value, "elts", None) or getattr(value, "args", [])
    if not isinstance(value, (ast.Tuple, ast.Call)) or len(elements) != 3:
        return None
    parts = [each.id.lower() if isinstance(each, ast.Name) else "" for each in elements]
    if "init" not in parts[0] or "update" not in parts[1] or "get" not in parts[2]:
        return None
    roles = assign(named(thing), row.hyper)
    if "lr" not in roles.of:
        raise NotThisShapeError("no parameter is the learning rate")
    pinned = fixed(roles, Constants(thing, row))

    def made(callable_rate: bool, counted_from: int = 0) -> Any:
        def make(**hyper: Any) -> Driven:
            rates = {"now": hyper["lr"]}
            given = {**hyper, "lr": (lambda _: rates["now"]) if callable_rate else hyper["lr"]}
            init, update, get_params = thing(**roles.arguments(given))
            arguments = [p.name for p in named(update)]
            state: list[Any] = []

            def advance(w: Any, g: Any, rate: float) -> Any:
                rates["now"] = rate
                if not state:
                    state.extend((counted_from, init(array(w))))
                state[1] = update(*_placed(arguments, state[0], g, state[1]))
                state[0] += 1
                return get_params(state[1])

            def restore(kept: Any) -> None:
                state[:] = kept

            return Driven(hyper, advance, lambda: state, restore)

        return make

    lacks: tuple[str, ...] = ("weights given",)
    scheduled = _takes_a_schedule(made, row)
    if not scheduled:
        lacks = (*lacks, "rate that changes")
    call = f"{name}(…) → init, update, get_params"
    make, others = made(scheduled), (made(scheduled, counted_from=1),)
    found = bound(
        name, row, call, "three functions", make, roles, pinned, lacks=lacks, others=others
    )
    found.saving = PICKLE
    return found


def _placed(arguments: list[str], count: int, g: Any, state: Any) -> list[Any]:
    slope = gradient_name(arguments)
    placed = []
    for name in arguments:
        if name == slope:
            placed.append(g)
        elif name.lower() in COUNTERS:
            placed.append(count)
        else:
            placed.append(state)
    return placed


def _takes_a_schedule(made: Any, row: Row) -> bool:
    """Whether the rate may be a function of the step; nothing else is looked at."""
    w, g = row.weights(0.5, -0.25), row.weights(0.75, 0.5)
    try:
        return array_equal(probe(made(True), row)(RATE).step(w, g),
                           probe(made(False), row)(RATE).step(w, g))  # fmt: skip
    except Exception:
        return False

"""Optimizers as functions of weights, a gradient and one object that holds all their state."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import Plain, containers, gradient_name, weights_name
from .driven import SIGNS, Driven, arrived, bound, fixed, is_change, works
from .source import Source, spelled
from .words import COUNTERS, SETTINGS, Row, mentions, words

STATES = frozenset(
    "state opt_state states optimizer_state cache memory mem st slots opt buffers ctx".split()
)
# From what weights lie in, and the weights, to the state before the first step.
New = Callable[[Plain, Any], Any]


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise an update whose state is a dict, a named tuple or an object."""
    if not row.stepped or inspect.isclass(thing):
        return None
    source, its = Source(thing), named(thing)
    if any(p.name.lower() in SETTINGS for p in its):
        return None  # what lies there are hyperparameters, whatever else does
    states = [p.name for p in its if is_structured(source, p.name) or p.name.lower() in STATES]
    rest = [p for p in its if p.name not in states]
    w, g = (find([p.name for p in rest]) for find in (weights_name, gradient_name))
    if len(states) != 1 or w is None or g is None:
        return None
    roles = assign([p for p in rest if p.name not in (w, g)], row.hyper)
    pinned = fixed(roles, Constants(thing, row))
    if "lr" not in {**roles.of, **pinned}:
        raise NotThisShapeError("no parameter is the learning rate")

    def made(within: Plain, new: New, sign: float = 0.0) -> Callable[..., Driven]:
        def make(**hyper: Any) -> Driven:
            kept: list[Any] = []

            def advance(weights: Any, slope: Any, rate: float) -> Any:
                box = within.weights(weights)
                if not kept:
                    kept.append(new(within, weights))
                given = {w: box, g: within.gradient(slope), states[0]: kept[0]}
                answer = thing(**given, **roles.arguments({**hyper, "lr": rate}))
                if isinstance(answer, tuple) and type(answer) is tuple:
                    answer, kept[0] = answer[:2] if not state_first else answer[1::-1]
                moved = within.read(box if answer is None else answer)
                return arrived(weights, moved, sign)

            return Driven(hyper, advance, lambda: kept)

        return make

    state_first = any("state" in spelled(value.elts[0]).lower() for value in source.returned()
                      if isinstance(value, ast.Tuple) and len(value.elts) == 2)  # fmt: skip
    beginnings = [*_beginnings(source, states[0], row, look)]
    ways = [way for way in product(containers(source, w, g), beginnings) if works(made(*way), row)]
    if not ways:
        raise NotThisShapeError(f"what {states[0]} is before the first step cannot be told")
    ways = [way for way in ways if way[0] is ways[0][0]]
    change = is_change(made(*ways[0]), row)
    call = f"{name}({', '.join(p.name for p in its)})"
    first, *others = (made(*way, sign) for sign in (SIGNS if change else (0.0,)) for way in ways)
    return bound(
        name, row, call, "state held", first, roles, pinned, others=tuple(others),
        certain=not change,
    )  # fmt: skip


def is_structured(source: Source, name: str) -> bool:
    """Whether a variable is looked into by names: ``state["m"]``, ``state.m``."""
    attributes = source.attributes_of(name) - {"copy", "shape", "dtype", "size"}
    return bool(attributes or source.keys_of(name) or _unpacked(source, name))


def _beginnings(source: Source, name: str, row: Row, look: Any) -> Iterator[New]:
    """List what the state may be before the first step, what says so itself first."""
    for own, thing in look.things.items():
        begins = inspect.isfunction(thing) and {"init", "initialize", "initial"} & {*words(own)}
        if begins and (mentions(own, row.names) or "state" in words(own)):
            yield _initial(thing)
    for own, thing in look.things.items():
        if inspect.isclass(thing) and words(own)[-1:] == ("state",):
            yield _filled(thing)
    for parts in _unpacked(source, name):
        yield lambda its, w, parts=parts: tuple(  # type: ignore[misc]  # of this turn of the loop
            0 if part.lower() in COUNTERS else its.zeros(w) for part in parts
        )
    keys = source.keys_of(name)
    if not keys or source.attributes_of(name) & {"get", "setdefault"} or source.nodes(ast.NotIn):
        yield lambda _its, _w: {}
    for count in (0, 1) if COUNTERS & {*keys} else (0,):
        yield lambda its, w, count=count: {  # type: ignore[misc]  # of this turn of the loop
            key: count if key.lower() in COUNTERS else its.zeros(w) for key in keys
        }


def _unpacked(source: Source, name: str) -> list[list[str]]:
    """List what a variable is taken apart into: ``m, v, t = state``."""
    return [
        [getattr(e, "id", "") for e in node.targets[0].elts]
        for node in source.nodes(ast.Assign)
        if getattr(node.value, "id", None) == name and isinstance(node.targets[0], ast.Tuple)
    ]


def _initial(thing: Any) -> New:
    takes = [p for p in named(thing) if p.default is p.empty]
    return lambda its, w: thing(*(its.weights(w) for _ in takes[:1]))


def _filled(kind: Any) -> New:
    takes = [p.name for p in named(kind) if p.default is inspect.Parameter.empty]
    return lambda its, w: kind(*(0 if n.lower() in COUNTERS else its.zeros(w) for n in takes))

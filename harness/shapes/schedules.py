"""Schedules: functions with other names, of constants, factories of functions, and objects."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import Any

from .assign import NEUTRAL, Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .source import Source
from .words import Param, Row, words

METHODS = ("__call__", "get_lr", "lr", "value", "at", "rate", "learning_rate", "compute")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a schedule: the rate of an epoch."""
    if row.kind != "schedule":
        return None
    time = next(p for p in row.params if p.role == "time")
    rest = [p for p in row.params if p is not time]
    its = named(thing)
    if inspect.isclass(thing):
        method = look.method(thing, METHODS)
        own = named(getattr(thing, method))[1:]
        if len(own) != 1:
            raise NotThisShapeError(f"{method} takes more than the epoch")
        roles = _complete(assign(its, rest))
        shown = f"{name}(…)" if method == "__call__" else f"{name}(…).{method}"

        def asked(epoch: Any, **hyper: Any) -> Any:
            return getattr(thing(**roles.arguments(hyper)), method)(epoch)

        return _binding(name, row, f"{shown}({own[0].name})", "object", asked)
    if not any(time.is_called(p.name) for p in its):
        roles = _complete(assign(its, rest))
        if not _makes_a_function(thing):
            raise NotThisShapeError("it takes no epoch")

        def made(epoch: Any, **hyper: Any) -> Any:
            return thing(**roles.arguments(hyper))(epoch)

        return _binding(name, row, f"{name}(…)(epoch)", "factory", made)
    roles = assign(its, row.params)
    if not roles.missing:

        def called(epoch: Any, **hyper: Any) -> Any:
            return thing(**roles.arguments({time.name: epoch, **hyper}))

        spelled = ", ".join(p.name for p in its if p.name in roles.of.values())
        return _binding(name, row, f"{name}({spelled})", "function", called)
    return _of_constants(name, thing, row, roles, time)


def is_one(name: str, thing: Any, row: Row) -> bool:
    """Tell a warm-up with a cosine that is just called `get_lr` by what stands in it."""
    if row.name != "warmup_cosine" or "".join(words(name)) not in ("getlr", "lrschedule"):
        return False
    try:
        source = Source(thing)
    except NotThisShapeError:
        return False
    return "cos" in source.called() and any("warmup" in n.lower() for n in source.names())


def _of_constants(name: str, thing: Any, row: Row, roles: Assigned, time: Param) -> Binding:
    """Bind a function whose settings are constants: its own are fixed, its module's are set."""
    source = Source(thing)
    own = _local_constants(source)
    module = sys.modules.get(thing.__module__)
    outer = {
        n: getattr(module, n)
        for n in source.names()
        if n.isupper() and isinstance(getattr(module, n, None), (int, float))
    }
    kind = inspect.Parameter.KEYWORD_ONLY
    its = [inspect.Parameter(n, kind, default=None) for n in {**own, **outer}]
    found = _complete(assign(its, roles.missing)).of
    pinned = {p: own[n] for p, n in found.items() if n in own}
    set_to = {p: n for p, n in found.items() if n in outer}
    neutral = {n: NEUTRAL[n.lower()] for n in outer if n.lower() in NEUTRAL}

    def called(epoch: Any, **hyper: Any) -> Any:
        for constant, value in neutral.items():
            setattr(module, constant, value)
        for parameter, constant in set_to.items():
            if parameter in hyper:
                setattr(module, constant, hyper[parameter])
        return thing(**roles.arguments({time.name: epoch, **hyper}))

    setting = f" with {', '.join(set_to.values())} set" if set_to else ""
    call = f"{name}({roles.of[time.name]}){setting}"
    return _binding(name, row, call, "constants", called, pinned)


def _local_constants(source: Source) -> dict[str, float]:
    return {
        node.targets[0].id: node.value.value + 0.0
        for node in source.nodes(ast.Assign)
        if isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, (int, float))
    }


def _makes_a_function(thing: Any) -> bool:
    inner = {node.name for node in Source(thing).nodes(ast.FunctionDef)}
    return any(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in inner)
        for value in Source(thing).returned()
    )


def _complete(roles: Assigned) -> Assigned:
    if roles.missing:
        raise NotThisShapeError(f"no parameter is the {roles.missing[0].name}")
    return roles


def _binding(
    name: str,
    row: Row,
    call: str,
    shape: str,
    asked: Any,
    pinned: dict[str, float] | None = None,
) -> Binding:
    order = [p.name for p in row.params]

    def stands(*given: Any) -> Any:
        values = dict(zip(order, given))
        if pinned:
            values = {n: v for n, v in values.items() if n not in pinned}
        epoch = values.pop(next(p.name for p in row.params if p.role == "time"))
        return asked(epoch, **values)

    return Binding(row.name, name, call, shape, stands, pinned=pinned)

"""Schedules: functions with other names, of constants, factories of functions, and objects."""

from __future__ import annotations

import ast
import inspect
import sys
from types import SimpleNamespace
from typing import Any

from .assign import NEUTRAL, Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import number
from .source import Source
from .words import Param, Row, words

HOLDERS = frozenset("optimizer optim opt optimiser".split())
METHODS = ("__call__", "get_lr", "lr", "value", "at", "rate", "learning_rate", "compute")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a schedule: the rate of an epoch."""
    if row.kind != "schedule":
        return None
    time = next(p for p in row.params if p.role == "time")
    rest = [p for p in row.params if p is not time]
    its = named(thing)
    if inspect.isclass(thing):
        if callable(getattr(thing, "step", None)):
            return _counting(name, thing, row, rest)
        method = look.method(thing, METHODS)
        own = named(getattr(thing, method))[1:]
        if len(own) != 1:
            raise NotThisShapeError(f"{method} takes more than the epoch")
        roles = _complete(assign(its, rest))
        shown = f"{name}(…)" if method == "__call__" else f"{name}(…).{method}"

        def asked(epoch: Any, **hyper: Any) -> Any:
            made = thing(**roles.arguments(hyper))
            try:
                return getattr(made, method)(epoch)
            except AttributeError:  # what it keeps of earlier epochs is not there yet
                for before in range(int(epoch)):
                    getattr(made, method)(before)
                return getattr(made, method)(epoch)

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
    assigned = assign(its, roles.missing)
    found = assigned.of
    pinned = {p: own[n] for p, n in found.items() if n in own}
    inline = written(source, assigned.missing)
    pinned.update(inline)
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
    bound = _binding(name, row, call, "constants", called, pinned)
    bound.guessed = bool(inline)
    return bound


def written(source: Source, wanted: list[Param]) -> dict[str, float]:
    """Read constants by where they stand: what a cosine or a floor divides by, a power's base.

    Raises
    ------
    NotThisShapeError
        One of them cannot be told.
    """
    numbers = [n for node in source.nodes(ast.Constant) if (n := number(node)) is not None]
    found: dict[str, float] = {}
    for parameter in sorted(wanted, key=lambda p: p.role == "rate"):
        if parameter.role == "rate":  # what is left, but for the numbers that formulas have
            left = {n for n in numbers if n not in (0.0, 0.5, 1.0, 2.0, *found.values())}
        elif parameter.role in ("count", "phase end"):
            left = {n for node in source.nodes(ast.BinOp) if isinstance(node.op, (ast.Div,
                    ast.FloorDiv)) if (n := number(node.right)) is not None} - {2.0}  # fmt: skip
        else:
            left = _bases(source)
        if len(left) != 1:
            raise NotThisShapeError(f"no parameter is the {parameter.name}")
        found[parameter.name] = left.pop()
    return found


def _bases(source: Source) -> set[float]:
    """List what is raised to a power, and what a time is multiplied with in an exponent."""
    powers = [n.left for n in source.nodes(ast.BinOp) if isinstance(n.op, ast.Pow)]
    for call in source.nodes(ast.Call):
        called = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if called in ("pow", "power"):
            powers.append(call.args[0])
        if called == "exp":
            powers += [n for n in ast.walk(call.args[0]) if isinstance(n, ast.Constant)]
    return {n for node in powers if (n := number(node)) is not None}


def _counting(name: str, thing: Any, row: Row, rest: list[Param]) -> Binding:
    """Bind a schedule that counts its own epochs, beside an optimizer or alone."""
    its = named(thing)
    holder = next((p.name for p in its if p.name.lower() in HOLDERS), None)
    rate = next(p for p in rest if p.role == "rate")
    wanted = [p for p in rest if p is not rate or holder is None]
    roles = _complete(assign([p for p in its if p.name != holder], wanted))
    method = next((m for m in METHODS if m in dir(thing) and not _takes(thing, m)), None)
    if holder is None and method is None:
        raise NotThisShapeError("where it keeps the rate cannot be told")

    def asked(epoch: Any, **hyper: Any) -> Any:
        if epoch != int(epoch):
            raise ValueError(f"it counts whole epochs, not {epoch}")
        first = hyper.get(rate.name)
        held = SimpleNamespace(lr=first, learning_rate=first, param_groups=[{"lr": first}])
        made = thing(**roles.arguments(hyper), **({} if holder is None else {holder: held}))
        for _ in range(int(epoch)):
            made.step()
        if holder is not None and epoch > 0:
            rates = (held.lr, held.learning_rate, held.param_groups[0]["lr"])
            return next((its for its in rates if its != first), first)
        return first if method is None else getattr(made, method)()

    shown = f"{name}({'optimizer, ' if holder else ''}…), step() for each epoch"
    found = _binding(name, row, shown, "counting", asked)
    found.lacks = ("epochs in any order",)
    found.certain = holder is None  # before its first step, the rate is the optimizer's own
    return found


def _takes(thing: Any, method: str) -> bool:
    return any(p.default is p.empty for p in named(getattr(thing, method))[1:])


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

"""Schedules: functions with other names, of constants, factories of functions, and objects."""

from __future__ import annotations

import ast
import inspect
import math
import sys
from functools import partial
from itertools import islice
from typing import Any

from .assign import NEUTRAL, Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import number
from .source import Source, last_name, source_of
from .words import Param, Row, words

HOLDERS = frozenset("optimizer optim opt optimiser".split())
STEPS = ("step", "step_and_update_lr", "update_lr", "update_learning_rate", "step_lr", "next_lr",
         "get_next_lr", "__next__")  # fmt: skip
FACTORS = frozenset("gamma factor decay_factor multiplier".split())
RATES = frozenset("lr learning rate schedule scheduler".split())  # one is among a name's words
SHARES = frozenset("lambda factor multiplier".split())  # of a rate, by a function's name
PAST = "epochs past the end"
INTERVALS = frozenset(("time_interval",))  # of epochs, of which whole ones are counted
ENDS = ("T_max", "total_epochs", "total_steps")  # what schedules of one period call its length
METHODS = ("__call__", "get_lr", "lr", "value", "at", "rate", "learning_rate", "compute")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a schedule: the rate of an epoch."""
    if row.kind != "schedule":
        return None
    found = _by_factor(name, thing, row, look) if row.name == "exponential_decay" else None
    found = found or _recognised(name, thing, row, look)
    if found is not None and PAST not in found.lacks and ends(found.stands, row.params):
        found.lacks = (*found.lacks, PAST)
    return found


def ends(stands: Any, params: list[Param]) -> bool:
    """Whether it answers within its one period, and not with a number behind it.

    A power of what is left of the time is none there, if the time is not held at its end; nor is
    a rate below zero one that anybody asks for.
    """
    given = [0.9 if p.role == "exponent" else p.usual for p in params]
    end = next((p.usual for p in params if p.name in ENDS), None)
    time = [p.role for p in params].index("time")

    def answers(epoch: Any) -> bool:
        try:
            return 0 <= float(stands(*given[:time], epoch, *given[time + 1 :])) < math.inf
        except Exception:  # whatever it raises: it does not
            return False

    return end is not None and None not in given and answers(1) and not answers(2 * end)


def _by_factor(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind η₀ γ^epoch, which is η₀ e^(−k epoch) by another name of its constant."""
    if not raises_to_a_power(thing):
        return None
    found = _recognised(name, thing, row.with_names("decay_rate", FACTORS), look)
    if found is None:
        return None
    factor = found.pinned.get("decay_rate")
    if factor is None and not _vanishes(found.stands):
        return None
    if factor is not None:
        if factor <= 0:
            return None
        found.pinned["decay_rate"] = -math.log(factor)
    found.stands = _of_factor(found.stands)
    found.others = tuple(map(_of_factor, found.others))
    found.notes = (*found.notes, "its factor is e^−decay_rate")
    return found


def raises_to_a_power(thing: Any) -> bool:
    """Whether something other than e is."""
    source = source_of(thing)
    if source is None:
        return False
    powers = any(isinstance(n.op, ast.Pow) for n in source.nodes((ast.BinOp, ast.AugAssign)))
    called = source.called()
    of_e = {"exp", "e"} & {*called, *(n.attr for n in source.nodes(ast.Attribute))}
    return (powers or bool({"pow", "power"} & called)) and not of_e


def _vanishes(stands: Any) -> bool:
    """Whether nothing is left of a rate where the constant is zero: it is a factor, no exponent."""
    try:
        return bool(stands(1, 1.0, 0.0) == 0)
    except Exception:
        return False


def _of_factor(stands: Any) -> Any:
    def asked(epoch: Any, initial_lr: Any, decay_rate: Any) -> Any:
        return stands(epoch, initial_lr, math.exp(-decay_rate))

    return asked


def _recognised(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    time = next(p for p in row.params if p.role == "time")
    rest = [p for p in row.params if p is not time]
    its = named(thing)
    if inspect.isgeneratorfunction(thing):
        return _yielding(name, thing, row, rest)
    if inspect.isclass(thing):
        step = next((m for m in STEPS if callable(getattr(thing, m, None))), None)
        if step is not None and not _takes(thing, step):
            return _counting(name, thing, row, rest, step)
        if step is not None and any(p.name.lower() in HOLDERS for p in its):
            return _told(name, thing, row, rest, step)
        method = look.method(thing, METHODS)
        own = named(getattr(thing, method))[1:]
        if len(own) != 1:
            raise NotThisShapeError(f"{method} takes more than the epoch")
        constants = _of_class(thing)
        roles = _complete(assign([*its, *constants], rest))
        shown = f"{name}(…)" if method == "__call__" else f"{name}(…).{method}"
        of_class = {p.name for p in constants}

        def asked(epoch: Any, **hyper: Any) -> Any:
            given = roles.arguments(hyper)
            made = thing(**{n: value for n, value in given.items() if n not in of_class})
            for n in of_class & {*given}:
                setattr(made, n, given[n])
            try:
                return getattr(made, method)(epoch)
            except AttributeError:  # what it keeps of earlier epochs is not there yet
                for before in range(int(epoch)):
                    getattr(made, method)(before)
                return getattr(made, method)(epoch)

        return _binding(name, row, f"{shown}({own[0].name})", "object", asked)
    if not any(time.is_called(p.name) for p in its):
        if any(p.name.lower() in HOLDERS for p in its):
            return _beside(name, thing, row, rest)
        roles = _complete(assign(its, rest))
        if not _makes_a_function(thing):
            raise NotThisShapeError("it takes no epoch")

        def made(epoch: Any, **hyper: Any) -> Any:
            return thing(**roles.arguments(hyper))(epoch)

        return _binding(name, row, f"{name}(…)(epoch)", "factory", made)
    roles = assign(its, row.params)
    if {p.name for p in roles.missing} <= {"end_lr"}:

        def called(epoch: Any, **hyper: Any) -> Any:
            return thing(**roles.arguments({time.name: epoch, **hyper}))

        spelled = [p.name for p in its if p.name in roles.of.values()]
        spelled += [f"{own}={value}" for own, value in roles.set.items() if own in INTERVALS]
        found = _binding(name, row, f"{name}({', '.join(spelled)})", "function", called)
        found.lacks = ("fractions of an epoch",) if INTERVALS & {*roles.set} else ()
        return found
    return _of_constants(name, thing, row, roles, time)


def _of_class(thing: Any) -> list[inspect.Parameter]:
    """List the numbers that a class has as settings of all its objects."""
    kind = inspect.Parameter.KEYWORD_ONLY
    its = {n: value for each in reversed(thing.__mro__[:-1]) for n, value in vars(each).items()}
    return [
        inspect.Parameter(n, kind, default=value)
        for n, value in its.items()
        if type(value) in (int, float) and n[0] != "_"
    ]


def _yielding(name: str, thing: Any, row: Row, rest: list[Param]) -> Binding:
    """Bind a generator: it yields the rates of all epochs, from the first one on."""
    its = named(thing)
    roles = _complete(assign(its, rest))

    def asked(epoch: Any, **hyper: Any) -> Any:
        return next(islice(thing(**roles.arguments(hyper)), int(epoch) - _first(row), None))

    found = _binding(name, row, f"{name}({', '.join(p.name for p in its)})", "generator", asked)
    found.lacks = ("epochs in any order", "fractions of an epoch")
    return found


def _first(row: Row) -> int:
    """Return the number of the first step: a rate that falls with its root has none at 0."""
    return int(row.name == "noam")


def is_one(name: str, thing: Any, row: Row) -> bool:
    """Tell a schedule that is just called `get_lr` or `lr_decay` by what stands in it."""
    if inspect.isclass(thing):
        thing = next((own for m in METHODS if (own := vars(thing).get(m)) is not None), None)
    source = source_of(thing) if RATES & {*words(name)} else None
    if source is None:
        return False
    if row.name == "step_decay":
        floors = "floor" in source.called() or any(source.nodes(ast.FloorDiv))
        return floors and raises_to_a_power(thing)
    if row.name == "inverse_time_decay":
        return any(map(_is_inverse, source.nodes(ast.BinOp)))
    warmed = "cos" in source.called() and any("warmup" in n.lower() for n in source.names())
    return row.name == "warmup_cosine" and warmed


def _is_inverse(node: ast.BinOp) -> bool:
    """Whether something is divided by 1 + a b."""
    if not isinstance(node.op, ast.Div) or not isinstance(node.right, ast.BinOp):
        return False
    one, rest = node.right.left, node.right.right
    is_sum = isinstance(node.right.op, ast.Add) and number(one) == 1
    return is_sum and isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Mult)


def _of_constants(name: str, thing: Any, row: Row, roles: Assigned, time: Param) -> Binding:
    """Bind a function whose settings are constants: its own are fixed, its module's are set."""
    source = Source(thing)
    own = _local_constants(source)
    module = sys.modules.get(thing.__module__)
    outer = {
        n: getattr(module, n)
        for n in source.names()
        if type(getattr(module, n, None)) in (int, float) and n not in own
    }
    kind = inspect.Parameter.KEYWORD_ONLY
    its = [inspect.Parameter(n, kind, default=None) for n in {**own, **outer}]
    assigned = assign(its, roles.missing)
    found = assigned.of
    pinned = {p: own[n] for p, n in found.items() if n in own}
    missing = assigned.missing
    share = [p for p in missing if p.role == "rate"] if SHARES & {*words(name)} else []
    inline = written(source, [p for p in missing if p not in share])
    pinned.update(inline)
    set_to = {p: n for p, n in found.items() if n in outer}
    neutral = {n: NEUTRAL[n.lower()] for n in outer if n.lower() in NEUTRAL}

    def called(epoch: Any, **hyper: Any) -> Any:
        for constant, value in neutral.items():
            setattr(module, constant, value)
        for parameter, constant in set_to.items():
            if parameter in hyper:
                setattr(module, constant, hyper[parameter])
        answer = thing(**roles.arguments({time.name: epoch, **hyper}))
        for rate in share:
            answer = hyper[rate.name] * answer
        return answer

    setting = f" with {', '.join(set_to.values())} set" if set_to else ""
    factor = f"{share[0].name} " if share else ""
    call = f"{factor}{name}({roles.of[time.name]}){setting}"
    bound = _binding(name, row, call, "constants", called, pinned)
    bound.guessed = bool(inline)
    if neutral or share:  # with a constant at another value it may follow a form of another name
        bound.certain = False
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
        called = last_name(call.func)
        if called in ("pow", "power"):
            powers.append(call.args[0])
        if called == "exp":
            powers += [n for n in ast.walk(call.args[0]) if isinstance(n, ast.Constant)]
    return {n for node in powers if (n := number(node)) is not None}


def _counting(name: str, thing: Any, row: Row, rest: list[Param], step: str) -> Binding:
    """Bind a schedule that counts its own epochs, beside an optimizer or alone."""
    its = named(thing)
    holder = next((p.name for p in its if p.name.lower() in HOLDERS), None)
    rate = next((p for p in rest if p.role == "rate"), None)
    own = [p for p in its if p.name != holder]
    try:
        if holder is None:
            raise NotThisShapeError("the rate is its own")
        roles = _complete(assign(own, [p for p in rest if p is not rate]))
    except NotThisShapeError:
        roles = _complete(assign(own, rest))
    method = next((m for m in METHODS if m in dir(thing) and not _takes(thing, m)), None)
    returns = holder is None and method is None
    if returns and not source_returns(getattr(thing, step)):
        raise NotThisShapeError("where it keeps the rate cannot be told")

    def asked(epoch: Any, *, ahead: int = int(_counts_last(thing, step)), **hyper: Any) -> Any:
        if epoch != int(epoch):
            raise ValueError(f"it counts whole epochs, not {epoch}")
        initial = hyper.get(rate.name, 0.1) if rate is not None else 0.1
        held = _Optimizer(initial)
        made = thing(**roles.arguments(hyper), **({} if holder is None else {holder: held}))
        answer = None
        for _ in range(int(epoch) + (1 - _first(row) if returns else ahead)):
            answer = getattr(made, step)()
        if returns:
            return answer
        if holder is not None and (epoch + ahead > 0 or held.rate != initial or method is None):
            return held.rate
        return initial if method is None else getattr(made, method)()

    shown = f"{name}({'optimizer, ' if holder else ''}…), {step}() for each epoch"
    found = _binding(name, row, shown, "counting", asked)
    found.lacks = ("epochs in any order", "fractions of an epoch")
    if returns:
        found.certain = False  # the rate of an epoch may be the one before or after
    if holder is not None:
        # Whether the first epoch is that before or that after the first step, nobody says.
        found.certain = False
        other = int(not _counts_last(thing, step))
        found.others = (_binding(name, row, shown, "", partial(asked, ahead=other)).stands,)
    return found


def _told(name: str, thing: Any, row: Row, rest: list[Param], step: str) -> Binding:
    """Bind a schedule beside an optimizer that is told which epoch it is."""
    its = named(thing)
    holder = next(p.name for p in its if p.name.lower() in HOLDERS)
    times = [p.name for p in named(getattr(thing, step))[1:] if p.default is p.empty]
    rate = next((p for p in rest if p.role == "rate"), None)
    if len(times) != 1 or rate is None:
        raise NotThisShapeError(f"{step} takes more than the epoch")
    own = [p for p in its if p.name != holder]
    roles = _complete(assign(own, [p for p in rest if p is not rate]))

    def asked(epoch: Any, **hyper: Any) -> Any:
        held = _Optimizer(hyper[rate.name])
        getattr(thing(**{holder: held}, **roles.arguments(hyper)), step)(epoch)
        return held.rate

    return _binding(name, row, f"{name}(optimizer, …).{step}({times[0]})", "told", asked)


def _beside(name: str, thing: Any, row: Row, rest: list[Param]) -> Binding:
    """Bind what makes a schedule of an optimizer's rate: one that is told the epoch, or steps."""
    its = named(thing)
    holder = next(p.name for p in its if p.name.lower() in HOLDERS)
    rate = next((p for p in rest if p.role == "rate"), None)
    roles = _complete(assign([p for p in its if p.name != holder], [p for p in rest if p != rate]))

    def made(**hyper: Any) -> tuple[_Optimizer, Any]:
        held = _Optimizer(hyper[rate.name] if rate is not None else 0.1)
        return held, thing(**{holder: held}, **roles.arguments(hyper))

    def asked(epoch: Any, **hyper: Any) -> Any:
        held, schedule = made(**hyper)
        if told and schedule(epoch) not in (None, held.rate):
            raise NotThisShapeError("it returns another number than the rate that it sets")
        for _ in range(0 if told else int(epoch)):
            schedule.step()
        return held.rate

    told = callable(made(**{p.name: p.usual for p in rest})[1])
    shown = f"{name}(optimizer, …)" + ("(epoch)" if told else ", step() for each epoch")
    found = _binding(name, row, shown, "factory", asked)
    found.lacks = () if told else ("epochs in any order", "fractions of an epoch")
    found.certain = False  # whether the first epoch is set before any step, nobody says
    return found


def source_returns(function: Any) -> bool:
    """Whether a function returns something."""
    source = source_of(function)
    return source is not None and bool(source.returned())


class _Optimizer:
    """What a schedule sets the rate of: as an attribute, or in its groups."""

    def __init__(self, rate: float) -> None:
        self.lr = self.learning_rate = self.first = rate
        self.param_groups: list[dict[str, Any]] = [{"lr": rate}]

    @property
    def rate(self) -> float:
        """The rate, wherever it has been set."""
        rates = (self.lr, self.learning_rate, self.param_groups[0]["lr"])
        return next((its for its in rates if its != self.first), self.first)

    def step(self) -> None:
        """Take a step: of weights there are none."""

    zero_grad = step


def _counts_last(thing: Any, step: str) -> bool:
    """Whether a step sets the rate first and counts afterwards: its first rate is epoch 0's."""
    source = source_of(getattr(thing, step))
    body = [] if source is None else getattr(source.tree, "body", [])
    nodes = [node for statement in body for node in ast.walk(statement)]
    counts = [n.lineno for n in nodes if isinstance(n, ast.AugAssign) and number(n.value) == 1]
    rates = [
        target.lineno
        for n in nodes if isinstance(n, ast.Assign)
        for target in n.targets
        if getattr(target, "attr", "") in ("lr", "learning_rate")
        or (isinstance(target, ast.Subscript) and getattr(target.slice, "value", "") == "lr")
    ]  # fmt: skip
    return bool(counts and rates) and max(rates) < min(counts)


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
    """Refuse what lacks a parameter; but who has no rate to end at falls to zero."""
    missing = [p.name for p in roles.missing if p.name != "end_lr"]
    if missing:
        raise NotThisShapeError(f"no parameter is the {missing[0]}")
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

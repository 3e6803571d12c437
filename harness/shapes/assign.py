"""Which of a callable's parameters has which role: by their names, and never by place alone."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from .binding import NotThisShapeError
from .source import source_of
from .words import COUNTERS, Param

# What has no effect at this value, wherever it is heard of.
NEUTRAL: dict[str, Any] = {
    "weight_decay": 0.0, "wd": 0.0, "l2": 0.0, "decay": 0.0, "lr_decay": 0.0, "dampening": 0.0,
    "nesterov": False, "amsgrad": False, "maximize": False, "centered": False, "momentum": 0.0,
    "mass": 0.0, "mu": 0.0, "batch_size": 1, "training": False, "train": False,
    "is_training": False, "clip": None, "clipnorm": None, "clipvalue": None, "grad_clip": None,
    "min_lr": 0.0, "eta_min": 0.0, "lr_min": 0.0, "final_lr": 0.0, "warmup_begin_lr": 0.0,
    "warmup_steps": 0, "weight_decay_rate": 0.0, "factor": 1.0, "lr_mul": 1.0,
    "reduction": "mean", "average": True, "relative_step": False, "multioutput": "uniform_average",
    "warmup_t": 0, "warmup_epochs": 0, "warmup_iters": 0, "num_warmup_steps": 0,
    "warmup_lr_init": 0.0, "warmup_start_lr": 0.0, "scale_factor": 1.0, "min_learning_rate": 0.0,
    "num_cycles": 0.5, "time_interval": 1,
}  # fmt: skip
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
INF = float("inf")  # a bound that nothing reaches
SILENT = frozenset(
    "name verbose callback foreach fused closure dtype out axis dim keepdims copy inplace"
    " seed last_epoch approximate".split()
)


def parameters(function: Any) -> list[inspect.Parameter]:
    """List what a callable takes, without `self`; of a class what it hands on to its bases, too.

    Raises
    ------
    NotThisShapeError
        Nothing is known of it.
    """
    try:
        its = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise NotThisShapeError("nothing is known of what it takes") from None
    if _is_own(function):
        return [*its, *_handed_on(function.__mro__, {p.name for p in its})]
    return outer(function) or its


def outer(function: Any) -> list[inspect.Parameter] | None:
    """List what a decorator takes that hands on less than what it stands for takes."""
    wrapped = getattr(function, "__wrapped__", None)
    try:
        own = list(inspect.signature(function, follow_wrapped=False).parameters.values())
        fewer = wrapped is not None and len(own) < len(inspect.signature(wrapped).parameters)
    except (TypeError, ValueError):
        return None
    return own if fewer and not any(p.kind in _VARIADIC for p in own) else None


def _is_own(function: Any) -> bool:
    return inspect.isclass(function) and type(function).__call__ is type.__call__


def _handed_on(bases: tuple[type, ...], known: set[str]) -> list[inspect.Parameter]:
    """List what a constructor hands on by ``super().__init__(**kwargs)``."""
    makers = [kind for kind in bases if "__init__" in vars(kind)]
    source = source_of(vars(makers[0])["__init__"]) if len(makers) > 1 else None
    for call in source.nodes(ast.Call) if source is not None else ():
        above = isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"
        if above and any(keyword.arg is None for keyword in call.keywords):
            its = list(inspect.signature(vars(makers[1])["__init__"]).parameters.values())
            given = len([a for a in call.args if not isinstance(a, ast.Starred)])
            known = {*known, *(keyword.arg or "" for keyword in call.keywords)}
            left = [
                p.replace(kind=p.KEYWORD_ONLY)
                for p in its[1 + given :]
                if p.kind not in _VARIADIC and p.name not in known
            ]
            rest = bases[bases.index(makers[1]) :]
            return [*left, *_handed_on(rest, known | {p.name for p in left})]
    return []


def named(function: Any) -> list[inspect.Parameter]:
    """List the parameters that have a name to be read."""
    return [p for p in parameters(function) if p.kind not in _VARIADIC]


class Assigned:
    """Roles given to parameters: `of` maps the contract's names to the callable's own.

    `set` are further arguments at their neutral values, `left` those at defaults of their own,
    `missing` what no parameter is for.
    """

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self.pairs: dict[str, tuple[str, ...]] = {}  # betas=(β₁, β₂)
        self.turned: set[str] = set()  # the contract's names of what has the other sign there
        self.set: dict[str, Any] = {}
        self.left: dict[str, Any] = {}
        self.missing: list[Param] = []
        self.defaults: dict[str, float] = {}

    def arguments(self, hyper: dict[str, Any]) -> dict[str, Any]:
        """Spell the contract's arguments in the callable's own names."""
        hyper = {name: -v if name in self.turned else v for name, v in hyper.items()}
        given = {own: hyper[name] for name, own in self.of.items() if name in hyper}
        for own, names in self.pairs.items():
            if any(name in hyper for name in names):
                given[own] = tuple(hyper[name] for name in names)
        return {**self.set, **given}


def assign(its: list[inspect.Parameter], wanted: list[Param]) -> Assigned:
    """Give roles to parameters by their names; that of most roles, if it is one.

    Raises
    ------
    NotThisShapeError
        A parameter is needed that has no role, or two may have the same one.
    """
    found = Assigned()
    names = [p.name for p in its]
    wanted = list(wanted)
    beside = {own for p in wanted for own in p.beside}
    for own in (p.name for p in its if is_pair(p, wanted)):
        held = tuple(p.name for place in "01" for p in wanted if p.is_called(f"{own}[{place}]"))
        found.pairs[own] = held
        names.remove(own)
        wanted = [p for p in wanted if p.name not in held]
    every = ways(wanted, names)
    most = max(map(len, every))
    # Of several ways the one that leaves nothing over but what can be made to have no effect.
    best = [way for way in every if len(way) == most]
    if len(best) > 1:
        best = [way for way in best if not _unknown(its, way, found)] or best
    if len(best) > 1:  # or of what is on
        off = {p.name for p in its if is_off(p.default)}
        best = [way for way in best if not off & {*way.values()}] or best
    if len(best) > 1:
        both = sorted({own for way in best for own in way.values()})
        raise NotThisShapeError(f"which of {', '.join(both)} is which cannot be told")
    found.of = best[0]
    found.missing = [p for p in wanted if p.name not in found.of]
    found.turned = {p.name for p in wanted if _is_turned(p, found.of.get(p.name), its)}
    taken = {*found.of.values(), *found.pairs}
    found.defaults = _defaults(its, found)
    options = {found.of[p.name]: p.neutral for p in wanted if p.option and p.name in found.of}
    for parameter in its:
        if parameter.name in taken:
            neutral = options.get(parameter.name)
            if parameter.name in options and parameter.default not in (None, neutral):
                found.set[parameter.name] = neutral
            continue
        if parameter.name.lower() in NEUTRAL:
            neutral, default = NEUTRAL[parameter.name.lower()], parameter.default
            nowhere = neutral is None and isinstance(default, (int, float)) and default < 0
            if default is parameter.empty or not (default == neutral or nowhere):
                found.set[parameter.name] = neutral
        elif parameter.default is parameter.empty:
            raise NotThisShapeError(f"what {parameter.name} is for is not known")
        elif parameter.name in beside:
            found.left[parameter.name] = parameter.default
        elif parameter.name not in SILENT and not (_counts(parameter) or is_off(parameter.default)):
            raise NotThisShapeError(
                f"what {parameter.name} does is not known; it is {parameter.default!r}"
            )
    return found


def _defaults(its: list[inspect.Parameter], found: Assigned) -> dict[str, float]:
    """Read the defaults of what has a role."""
    given = {p.name: p.default for p in its}
    values = {name: given.get(own) for name, own in found.of.items()}
    for own, names in found.pairs.items():
        pair = given.get(own)
        if isinstance(pair, (tuple, list)):
            values.update(zip(names, pair))
    return {
        name: -float(value) if name in found.turned else float(value)
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def is_pair(parameter: inspect.Parameter, wanted: list[Param]) -> bool:
    """Whether a parameter holds two of the contract's: betas=(β₁, β₂), eps=(ε₁, ε₂)."""
    own, default = parameter.name, parameter.default
    held = [p for p in wanted if p.is_called(f"{own}[0]") or p.is_called(f"{own}[1]")]
    alone = any(p.is_called(own) for p in wanted) and not isinstance(default, (tuple, list))
    return len(held) == 2 and not alone


def _is_turned(param: Param, own: str | None, its: list[inspect.Parameter]) -> bool:
    """Whether a value has the other sign there, by its default: an exponent of −0.8 for 0.8."""
    default = next((p.default for p in its if p.name == own), None)
    return isinstance(default, float) and default < 0 < (param.usual or 0)


def is_object(default: Any) -> bool:
    """Whether a default is something of which no neutral value is known."""
    plain = (bool, int, float, str, list, tuple, dict, set, type(None))
    return default is not inspect.Parameter.empty and not isinstance(default, plain)


def is_off(default: Any) -> bool:
    """Whether a default says that something is left out."""
    if type(default) in (list, dict, set, tuple):
        return not default
    if type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":  # a dataclass makes it anew
        return True
    return default is None or default is False or (type(default) is float and default in (0, INF))


def _counts(parameter: inspect.Parameter) -> bool:
    """Whether it is a counter that has not begun: state that a dataclass takes."""
    return parameter.name.lower() in COUNTERS and parameter.default == 0


def _unknown(its: list[inspect.Parameter], way: dict[str, str], found: Assigned) -> list[str]:
    taken = {*way.values(), *found.pairs}
    return [p.name for p in its if p.name not in taken and p.name.lower() not in NEUTRAL]


def ways(wanted: list[Param], names: list[str]) -> list[dict[str, str]]:
    """List every way to give roles to names, each role once and each name once."""
    if not wanted:
        return [{}]
    first, rest = wanted[0], wanted[1:]
    own = [name for name in names if name == first.name]
    fits = own or [name for name in names if first.is_called(name)]
    if len({name.lower() for name in fits}) < len(fits):  # T, beside t, is the end
        fits = [name for name in fits if first.is_spelled(name)]
    found = []
    for name in fits:
        others = [other for other in names if other != name]
        found += [{first.name: name, **way} for way in ways(rest, others)]
    return found + ways(rest, names)

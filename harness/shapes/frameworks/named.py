"""What names in frameworks mean, and which of their parameters has which role.

Frameworks agree on more than their languages: `SGD` with a momentum is the formula of that name,
`nesterov=True` selects another. What they agree on stands here, once for all of them.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..assign import NEUTRAL, Assigned, assign, is_object, is_pair, named
from ..binding import Binding, NotThisShapeError
from ..words import Param, Row, means, words

# The formula that an option of another one selects: by names that the option has, with its value.
SELECTED: Mapping[str, tuple[str, tuple[str, ...], Any]] = {
    "SGDMomentum": ("SGD", ("momentum",), None),  # whatever value it has
    "Nesterov": ("SGD", ("nesterov", "use_nesterov"), True),
    "AMSGrad": ("Adam", ("amsgrad",), True),
    "softmax_cross_entropy": ("categorical_cross_entropy", ("from_logits", "with_logits"), True),
    "bce_with_logits": ("binary_cross_entropy", ("from_logits", "with_logits"), True),
    "step_decay": ("exponential_decay", ("staircase",), True),
    "warmup_cosine": ("cosine_annealing", ("warmup_target",), None),
}
# Switches without which a formula would not be what its name says.
ON: Mapping[str, Mapping[str, Any]] = {
    "NAdam": {"nesterov": True},
    "focal_loss": {"apply_class_balancing": True},
}
SWITCHES = frozenset(n for _, names, value in SELECTED.values() if value for n in names)
# What a framework's options say that no formula speaks of, at any value: how, not what.
HOW = frozenset(
    "capturable differentiable foreach fused reduction ignore_index inplace size_average reduce"
    " weight weights name dtype mu_dtype accumulator_dtype ema_momentum mask weight_decay_mask"
    " where axis dim last_epoch verbose use_ema compute_dtype grad_clip lazy_mode multi_precision"
    " use_multi_tensor always_adapt use_softmax".split()
)
# Options that a framework leaves open, at the contract's value.
OPEN: Mapping[str, Any] = {"dim": -1, "axis": -1}
DERIVATIVES = ("_derivative", "_slope", "_grad")


def key(name: str) -> str:
    """Spell a name as it is compared: without underscores and capitals.

    Examples
    --------
    >>> key("MeanSquaredError") == key("mean_squared_error")
    True
    """
    return "".join(words(name))


def base_of(row: Row, rows: Mapping[str, Row]) -> Row | None:
    """Return the formula that a row is the derivative of, with respect to what is its argument."""
    for suffix in DERIVATIVES:
        base = rows.get(row.name[: -len(suffix)]) if row.name.endswith(suffix) else None
        if base is not None and base.arrays[-1:] and not base.stepped:
            # σ′ as a function of σ is no derivative with respect to its own argument.
            return None if row.arrays[-1:] == ["probability"] != base.arrays[-1:] else base
    return None


def may_mean(
    name: str, thing: Any, row: Row, rows: Mapping[str, Row], instead: Mapping[str, str]
) -> bool:
    """Whether a framework's name may mean a formula."""
    if name.startswith("_") or name.endswith("_"):  # in place, or nobody's
        return False
    base = base_of(row, rows)
    if base is not None:
        return may_mean(name, thing, base, rows, instead)
    said = instead.get(key(name))

    def speaks_of(its: Row) -> bool:
        return means(name, its.names) if said is None else said == its.name

    selected = SELECTED.get(row.name)
    if selected is not None and selected[0] in rows and speaks_of(rows[selected[0]]):
        return any(p.name in selected[1] for p in _taken(thing))
    return speaks_of(row)


def _taken(thing: Any) -> list[inspect.Parameter]:
    try:
        return named(thing)
    except NotThisShapeError:
        return []


def selecting(thing: Any, row: Row, rows: Mapping[str, Row]) -> dict[str, Any]:
    """Return the options by which a class or factory computes this very formula.

    Switches that select another formula are off, whatever their default.
    """
    base, names, value = SELECTED.get(row.name, ("", (), None))
    its = {p.name: p.default for p in _taken(thing)}
    own = getattr(thing, "__name__", "")
    chosen = {n: value for n in names if n in its and value is not None and base in rows}
    if means(own, row.names):
        chosen = {}
    turned = {n for _, names, _ in _kin(row) for n in names if n in SWITCHES}
    off = {n: False for n in turned if its.get(n) is True and n not in chosen}
    on = {n: value for n, value in ON.get(row.name, {}).items() if n in its}
    return {**off, **chosen, **on}


def _kin(row: Row) -> list[tuple[str, tuple[str, ...], Any]]:
    """List the selections among which a formula is one: the base's, and others of its base."""
    base = SELECTED.get(row.name, (row.name, (), None))[0]
    return [its for its in SELECTED.values() if its[0] == base]


class Roles:
    """Which of a callable's parameters has which role; what has none keeps its own default.

    `notes` say which defaults these are, since they belong to what is judged.
    """

    def __init__(
        self,
        its: list[inspect.Parameter],
        wanted: list[Param],
        options: Mapping[str, Any],
        convert: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.convert = convert
        self.options = dict(options)
        wanted = [_widened(each, its) for each in wanted]
        rest = [p for p in its if p.name not in options]
        for parameter in rest:
            if parameter.name in OPEN and parameter.default is None:
                self.options[parameter.name] = OPEN[parameter.name]
        left = [p for p in rest if self._keeps(p, wanted)]
        self.notes = tuple(f"{p.name}={_shown(p.default)}" for p in left if _says(p))
        self.usual = {p.name: p.usual for p in wanted if p.role != "rate" and p.is_given}
        if convert is not None:  # it spells the arguments itself
            self.assigned = Assigned()
            return
        self.assigned = assign([p for p in rest if p not in left], wanted)
        self.notes = (
            *(f"{name}={value!r}" for name, value in self.options.items() if name not in HOW),
            *(f"{name}={value!r}" for name, value in self.assigned.set.items()),
            *self.notes,
        )
        missing = [p.name for p in self.assigned.missing if p.neutral is None]
        if missing:
            raise NotThisShapeError(f"no parameter is the {missing[0]}")

    @staticmethod
    def _keeps(parameter: inspect.Parameter, wanted: list[Param]) -> bool:
        """Whether a parameter is left at its default: none of the contract's, and not to be set."""
        if parameter.default is parameter.empty or is_pair(parameter, wanted):
            return False
        if parameter.name in HOW or parameter.name.startswith("_") or is_object(parameter.default):
            return True
        neutral = NEUTRAL.get(parameter.name.lower(), parameter)
        own = any(p.is_called(parameter.name) for p in wanted)
        return not own and (neutral is parameter or not parameter.default)

    @property
    def leaves(self) -> bool:
        """Whether something is left at a default of which nothing is known."""
        return bool(self.notes)

    @property
    def without(self) -> tuple[str, ...]:
        """The parameters with a neutral value that it does not take."""
        return tuple(p.name for p in self.assigned.missing)

    def arguments(self, hyper: dict[str, Any]) -> dict[str, Any]:
        """Spell the contract's arguments in the callable's own names."""
        if self.convert is not None:
            return {**self.options, **self.convert(hyper)}
        return {**self.options, **self.assigned.arguments(hyper)}

    def bound(
        self,
        row: Row,
        name: str,
        call: str,
        shape: str,
        stands: Callable[..., Any],
        lacks: tuple[str, ...] = (),
    ) -> Binding:
        """Bind what these are the parameters of."""
        return Binding(
            row.name,
            name,
            call,
            shape,
            stands,
            without=self.without,
            lacks=lacks,
            certain=not self.leaves,
            notes=self.notes,
            defaults=self.assigned.defaults,
        )


# What a role is called where nothing is called by one of its usual names.
ELSE: Mapping[str, frozenset[str]] = {
    "momentum": frozenset({"decay"}),
    "weight decay": frozenset({"lamb_weight_decay", "lars_weight_decay"}),
}


def _widened(param: Param, its: list[inspect.Parameter]) -> Param:
    """Let a parameter be called otherwise, if it is not called as usual."""
    if any(param.is_called(p.name) for p in its) or param.role not in ELSE:
        return param
    wider = copy.copy(param)
    wider.called = param.called | ELSE[param.role]
    return wider


def _says(parameter: inspect.Parameter) -> bool:
    """Whether a parameter that is left at its default is worth a word."""
    own = parameter.name.startswith("_") or parameter.name in HOW
    return bool(parameter.default) and not own


def _shown(default: Any) -> str:
    """Spell a default: an object by its class, since where it lies is another place each time."""
    return f"{type(default).__name__}(…)" if is_object(default) else repr(default)


def label_first(its: list[str], row: Row) -> bool:
    """Whether a loss takes the label before the prediction, by the names of its parameters.

    Raises
    ------
    NotThisShapeError
        The names do not say.
    """
    label, predicted = (p for p in row.params if p.is_array)
    said = {"predictor_outputs", "predictions", "log_predictions"}
    said |= {"input", "inputs", "logit", "logits", "output"}
    first, second = (name.lower() for name in its[:2])
    if label.is_called(first) and not label.is_called(second):
        return True
    if (predicted.is_called(first) or first in said) and label.is_called(second):
        return False
    raise NotThisShapeError(f"which of {first}, {second} is the label cannot be told")

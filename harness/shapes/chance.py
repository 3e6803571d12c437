"""What draws at random: functions with switches, with a dict of settings, and layers.

A switch is set as in training, and a seed is drawn from the generator that the contract gives.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from . import native
from .answers import attribute
from .assign import SILENT, is_off, named
from .binding import Binding, NotThisShapeError
from .source import Source
from .words import Param, Row

FORWARDS = ("__call__", "forward", "call", "apply")
OUTPUTS = ("output", "out", "y")
KEPT = frozenset(
    "keep_prob keep_probability keep_rate keep_p p_keep prob_keep keepprob retain_prob".split()
)
JAX_KEYS = frozenset("key rng_key prng_key prngkey subkey rng rngs".split())
SEEDS = frozenset("seed random_state random_seed".split())
SETTINGS = {"mode": "train"}  # beside what begins like a switch for training
OFF = frozenset("test testing is_test eval evaluation inference deterministic".split())
Values = dict[str, Any]  # by the contract's names
Plan = dict[str, Callable[[Values], Any]]  # by the code's own


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a function or a layer by the names of what it takes."""
    del look
    if row.kind != "chance":
        return None
    ask, plans, call = (
        _layer(name, thing, row) if inspect.isclass(thing) else _function(name, thing, row)
    )
    taken = {own for plan in plans for own in plan.roles}
    missing = [p.name for p in row.params if p.name not in taken and p.neutral is None]
    if missing:
        raise NotThisShapeError(f"no parameter is the {missing[0]}")
    order = [p.name for p in row.params]

    def stands(*given: Any) -> Any:
        return _one(ask(dict(zip(order, given))))

    without = tuple(p.name for p in row.params if p.name not in taken)
    notes = tuple(note for plan in plans for note in plan.notes)
    return Binding(row.name, name, call, "chance", stands, without=without, notes=notes)


class Planned:
    """What each of a callable's parameters is given: `roles` are the contract's names among it.

    Raises
    ------
    NotThisShapeError
        What a parameter is for is not known.
    """

    def __init__(
        self, its: list[inspect.Parameter], wanted: list[Param], *, keyed: bool = False
    ) -> None:
        self.keyed = keyed
        self.given: Plan = {}
        self.roles: set[str] = set()
        self.notes: list[str] = []
        for parameter in its:
            self._add(parameter, wanted)

    def _add(self, parameter: inspect.Parameter, wanted: list[Param]) -> None:
        own, low = parameter.name, parameter.name.lower()
        known = [p.name for p in wanted if p.is_called(own) and p.name not in self.roles]
        names = {p.name for p in wanted}
        if "rng" in names and self.keyed and ("rng" in known or low in JAX_KEYS):
            self._take(own, "rng", lambda values: _key(values["rng"]))
        elif known:
            self._take(own, known[0], lambda values: values[known[0]])
        elif low in KEPT and "rate" in names:
            self._take(own, "rate", lambda values: 1 - values["rate"])
            self.notes.append(f"{own} = 1 − rate")
        elif low in SEEDS and "rng" in names:
            self._take(own, "rng", lambda values: int(values["rng"].integers(2**31)))
        elif low.startswith(("train", "is_train")):
            self.given[own] = lambda _: True
        elif low in SETTINGS:
            self.given[own] = lambda _: SETTINGS[low]
        elif low in OFF:
            self.given[own] = lambda _: False
        elif parameter.default is parameter.empty:
            raise NotThisShapeError(f"what {own} is for is not known")
        elif own not in SILENT and not is_off(parameter.default):
            raise NotThisShapeError(f"what {own} does is not known; it is {parameter.default!r}")

    def _take(self, own: str, role: str, value: Callable[[Values], Any]) -> None:
        self.roles.add(role)
        self.given[own] = value

    def arguments(self, values: Values) -> dict[str, Any]:
        """Spell the contract's arguments in the callable's own names."""
        return {own: value(values) for own, value in self.given.items()}


def _key(rng: Any) -> Any:
    return sys.modules["jax"].random.key(int(rng.integers(2**31)))


Found = tuple[Callable[[Values], Any], list[Planned], str]


def _function(name: str, thing: Any, row: Row) -> Found:
    its, source, keyed = named(thing), Source(thing), native.mentions(thing, "jax")
    call = f"{name}({', '.join(p.name for p in its)})"
    boxes = [p.name for p in its if source.keys_of(p.name)]
    if len(boxes) != 1:
        plan = Planned(_array_first(its, row), row.params, keyed=keyed)
        return lambda values: thing(**plan.arguments(values)), [plan], call
    (box,) = boxes
    # What it looks for before it takes it may be left out: a seed, for one.
    inner = [key for key in source.keys_of(box) if key not in SEEDS]
    kind = inspect.Parameter.KEYWORD_ONLY
    settings = Planned([inspect.Parameter(key, kind) for key in inner], row.params)
    rest = [p for p in its if p.name != box]
    plan = Planned(_array_first(rest, row), [p for p in row.params if p.is_array])

    def ask(values: Values) -> Any:
        return thing(**plan.arguments(values), **{box: settings.arguments(values)})

    return ask, [plan, settings], call


def _array_first(its: list[inspect.Parameter], row: Row) -> list[inspect.Parameter]:
    """Let a first parameter of any name be the array, where there is one."""
    arrays = [p for p in row.params if p.is_array]
    if its and arrays and not any(p.is_called(its[0].name) for p in row.params):
        arrays[0].called |= {its[0].name.lower()}
    return its


def _layer(name: str, kind: Any, row: Row) -> Found:
    method = next((m for m in FORWARDS if m in vars(kind)), None)
    if method is None:
        raise NotThisShapeError(f"it has none of the methods {', '.join(FORWARDS)}")
    rest = [p for p in row.params if not p.is_array]
    made_of = Planned(named(kind), rest)
    more = [p for p in row.params if p.name not in made_of.roles]
    plan = Planned(_array_first(named(getattr(kind, method))[1:], row), more)

    last: list[Any] = []  # a question, the seed that it began with, and the layer that is asked

    def layer_of(values: Values) -> Any:
        """Keep one layer for all calls of a question, so that a mask made once comes again.

        With the seed that it began with it begins again.
        """
        question = [getattr(v, "shape", v) for own, v in values.items() if own != "rng"]
        seed = values["rng"].bit_generator.state if "rng" in values else None
        if last[:1] != [question] or (seed is not None and seed == last[1]):
            last[:] = question, seed, kind(**made_of.arguments(values))
        return last[2]

    def ask(values: Values) -> Any:
        layer = layer_of(values)
        for own, value in vars(layer).items():
            if own.lower().startswith(("train", "is_train")) and value is False:
                setattr(layer, own, True)
        answer = getattr(layer, method)(**plan.arguments(values))
        return attribute(layer, OUTPUTS) if answer is None else answer

    shown = "" if method == "__call__" else f".{method}"
    return ask, [made_of, plan], f"{name}(…){shown}({', '.join(plan.given)})"


def _one(answer: Any) -> Any:
    """Return what was drawn of what comes with more: (out, mask), (out, cache)."""
    return answer[0] if isinstance(answer, tuple) else answer

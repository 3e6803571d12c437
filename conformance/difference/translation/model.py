"""A formula as a function of its numbers alone: what is solved for, on inputs that show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.catalogue import Variant, takes_dtype
from gradmark.conformance.difference.side import Side
from gradmark.conformance.judging.fit import flat
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT, Formula
from gradmark.harness.contract.dtypes import WIDEST
from gradmark.harness.contract.parameter import Parameter
from gradmark.harness.draws import drawn
from gradmark.harness.host import ContenderFailure, ContenderImpure

Array = np.ndarray
Values = Mapping[str, float]
STEPS, SETTINGS = 12, 3
RATES = (0.1, 0.03, 0.4)  # of an optimizer, one for each setting
SAMPLES = ((4, 3), (7, 4), (5, 6))  # samples, and numbers or classes of each
HIDDEN = 5  # units of a network
SCALES = (1.0, 0.3, 3.0)  # of the arrays that each setting is asked with
COUNTED = {"N": "numbers in all", "n": "samples", "C": "classes, or numbers of each sample"}
SCALED = ("data", "target", "logit", "class logit")  # what may be of any size


@dataclass(frozen=True)
class Question:
    """At which setting, with what, and how.

    Parameters
    ----------
    place : int
        The setting.
    falls : bool
        Whether the rate changes on the way, or time goes on past the end.
    row : bool
        Whether samples are single numbers, where they might be rows.
    ordinary : bool
        Whether gradients are of a usual size alone, and not of that of ε.
    options : tuple of str
        The options that are set.
    times : pair of int
        How many of the first and of the last times are left out.
    shift : int
        By how much time goes on, or back, for who is asked.
    """

    place: int = 0
    falls: bool = False
    row: bool = False
    ordinary: bool = False
    options: tuple[str, ...] = ()
    times: tuple[int, int] = (0, 0)
    shift: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many samples, and numbers of each."""
        sizes = SAMPLES[self.place % len(SAMPLES)]
        return sizes[:1] if self.row else sizes

    def usual(self, formula: str) -> dict[str, float]:
        """Return the values of the setting."""
        row = CONTRACT[formula]
        values = {p.name: _telling(p, self.place) for p in row.takes if p.values}
        values |= {name: _telling(row.parameter(name), self.place) for name in self.options}
        return values | ({"lr": RATES[self.place]} if row.stepped else {})


@dataclass(frozen=True)
class Model:
    """A formula's answers by the values of its numbers; NaN where it cannot be asked.

    Parameters
    ----------
    formula : str
        The formula.
    ask : callable
        Of arrays and values, its answer.
    pinned : mapping
        The numbers that cannot be set, at their values.
    """

    formula: str
    ask: Callable[..., Any]
    pinned: Values = field(default_factory=dict)

    def __call__(self, values: Values, question: Question) -> Array:
        """Answer at all inputs, in one row of numbers."""
        given = {**question.usual(self.formula), **values, **self.pinned}
        try:
            with np.errstate(all="ignore"):
                return self._answers(given, question)
        except (ContenderFailure, NotAskedError, ArithmeticError, ValueError, TypeError):
            return np.array([np.nan])

    def _answers(self, values: Values, question: Question) -> Array:
        row = CONTRACT[self.formula]
        if row.stepped:
            w, gradients, shape = trajectory(row, question)
            asked = (*(p.name for p in row.hyperparameters), *question.options)
            hyper = {name: values[name] for name in asked}
            steps = self.ask(w, gradients, [float(values["lr"] * s) for s in shape], hyper)
            found: Array = np.asarray(steps, float) - w
            return found.reshape(STEPS, -1)
        given = [[{**values, **its}[n] for n in row.parameters] for its in inputs(row, question)]
        return np.concatenate([flat(self.ask(*arguments)) for arguments in given])


def of_form(form: Variant, pinned: Values) -> Model:
    """Let a form answer, on floats."""
    row = CONTRACT[form.formula]
    options = {"dtype": WIDEST} if takes_dtype(form.body) else {}
    ask = partial(_steps, form, options) if row.stepped else partial(form.body, **options)
    return Model(form.formula, ask, pinned)


def of_contender(side: Side) -> Model:
    """Let a contender answer."""
    row, contender = CONTRACT[side.formula], side.subject.contender

    def steps(w: Array, gradients: Array, rates: list[float], hyper: Values) -> Any:
        given = {"lr": rates[0], **hyper}
        told = rates if len(set(rates)) > 1 else None
        try:
            return contender.trajectory(side.formula, given, w, gradients, told)
        except ContenderImpure as failure:
            return failure.value

    def call(*arguments: Any) -> Any:
        return contender.call(side.formula, *arguments)

    return Model(side.formula, steps if row.stepped else call, side.pinned())


def numbers(row: Formula, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """List the numbers that a formula takes, beside the time that it is asked for."""
    its = (p.name for p in row.takes if not (p.is_array or p.many or p.role == "time"))
    return (*its, *(name for name in options if row.parameter(name).role != "switch"))


def _telling(parameter: Parameter, place: int) -> float:
    """Return a value that shows: at zero nothing is seen of what is smoothed or penalised."""
    value = parameter.value(place)
    further = [one for one in parameter.values if one not in (0, parameter.neutral)]
    return further[place % len(further)] if further and value not in further else value


def _steps(form: Variant, options: Mapping[str, Any], w: Array, gradients: Array,
           rates: list[float], hyper: Values) -> Array:  # fmt: skip
    return np.array(list(form.body(w, list(gradients), rates, **hyper, **options)), float)


def trajectory(row: Formula, question: Question) -> tuple[Array, Array, Array]:
    """Return weights and gradients that every number shows in, and the shape of the rates."""
    draw = np.random.default_rng(question.place)
    scale = np.array([1.0, 0.3, 1.5, 0.7]) if question.ordinary else _scale(row, question)
    gradients = (draw.normal(size=(STEPS, 4)) + 0.3) * scale
    shape = np.where(np.arange(STEPS) < STEPS // 2, 1.0, 0.3 if question.falls else 1.0)
    w, sides = np.array([0.5, -1.0, 0.8, -0.3]) * scale**0.5, (2, 2) if row.matrices else (4,)
    return w.reshape(sides), gradients.reshape(STEPS, *sides), shape


def _scale(row: Formula, question: Question) -> Array:
    """Return sizes among which ε shows: its own, and its root's."""
    values = question.usual(row.name)
    epsilon = next((values[p.name] for p in row.takes if p.role == "epsilon"), 0.1)
    return np.array([1.0, 0.3, epsilon**0.5, epsilon])


def inputs(row: Formula, question: Question) -> list[dict[str, Any]]:
    """Return what is asked at one setting, without the numbers that are looked for."""
    time = next((p for p in row.takes if p.role == "time"), None)
    if row.takes_numbers:
        if time is None:
            return [{}]
        last = int(time.value(question.place)) * (2 if question.falls else 1)
        first, less = question.times
        # A list of epochs, as milestones are: some of those that are asked about.
        lists = {p.name: [2 + question.place, 5 + 2 * question.place] for p in row.takes if p.many}
        return [{time.name: at + question.shift, **lists} for at in range(first, last + 1 - less)]
    draw = np.random.default_rng(question.place)
    return [
        {p.name: _array(row, p, question, scale, draw) for p in row.takes if p.is_array}
        for scale in SCALES
    ]


def _array(
    row: Formula, parameter: Parameter, question: Question, scale: float, draw: np.random.Generator
) -> Any:
    """Draw an array, or the list of arrays that a parameter is."""
    n, *rest = question.sizes
    lengths = {"n": n, "d": 4, "h": HIDDEN, "k": rest[0] if rest else 1, "1": 1, "2": 2}
    if parameter.shape == "...":
        grouped = parameter.role.startswith("class") and not rest
        shapes = [SAMPLES[question.place] if grouped else question.sizes, (n,)]
    else:
        layers = [lengths, lengths]
        if parameter.many:  # from what comes in to what is hidden, and from there on
            layers = [{**lengths, "k": HIDDEN}, {**lengths, "d": HIDDEN}]
        shapes = [tuple(layer[length] for length in parameter.shape.split()) for layer in layers]
    # What is kept below a bound is of its size.
    bound = next((question.usual(row.name)[p.name] for p in row.takes if p.role == "bound"), 1.0)
    size = bound * scale if parameter.role in SCALED else 1.0
    arrays: list[Array] = [
        drawn(parameter.role, shape, draw) * size
        for shape in (shapes if parameter.many else shapes[:1])
    ]
    if row.kind == "norm":
        arrays = [_spread(row, question, array) for array in arrays]
    one: Array = arrays[0]
    return arrays if parameter.many else one


def _spread(row: Formula, question: Question, array: Array) -> Array:
    """Give a table rows and columns among which ε shows, and a row of numbers no sign."""
    if array.ndim < 2:
        return np.asarray(np.abs(array))
    scale = _scale(row, question)
    spread: Array = array * np.outer(*(np.resize(scale, length) for length in array.shape))
    return spread


def sizes(row: Formula, given: Mapping[str, Any]) -> dict[str, float]:
    """Return what an answer may be times: how many samples, numbers of each, numbers in all."""
    if row.stepped or row.takes_numbers or row.kind in ("activation", "norm"):
        return {}
    counted = next((p for p in row.takes if p.name.startswith("y")), None)
    its = counted or next(p for p in row.takes if p.is_array)
    arrays = given[its.name]
    every = float(sum(map(np.size, arrays)) if isinstance(arrays, list) else np.size(arrays))
    if counted is None and row.kind == "in hand":
        return {"N": every}
    alone = np.ndim(arrays) == 0 or (its.role.startswith("class") and np.ndim(arrays) == 1)
    n = 1.0 if alone else float(len(arrays))
    return {"n": n, "C": every / n, "(C − 1)": every / n - 1, "N": every} if every else {}


def legend(text: str) -> str:
    """Say what a text's letters count; nothing where there are none."""
    told = [f"{name}: {what}" for name, what in COUNTED.items() if re.search(rf"\b{name}\b", text)]
    return f" ({', '.join(told)})" if told else ""

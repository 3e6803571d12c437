"""A formula as a function of its numbers alone: what is solved for, on inputs that show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
SAMPLES = ((4, 3), (7, 4), (5, 6))  # samples and classes of the inputs of a loss


@dataclass(frozen=True)
class Question:
    """At which setting, and whether the rate changes on the way, or time goes on past the end."""

    place: int = 0
    falls: bool = False

    @property
    def sizes(self) -> tuple[int, int]:
        """How many samples and classes a loss is asked for."""
        return SAMPLES[self.place % len(SAMPLES)]


@dataclass(frozen=True)
class Model:
    """A formula's answers by the values of its numbers; NaN where it cannot be asked.

    Parameters
    ----------
    formula : str
        The formula.
    ask : callable
        Of arrays and values, its answer.
    takes : tuple of str
        The numbers that can be set.
    """

    formula: str
    ask: Callable[..., Any]
    takes: tuple[str, ...]

    def __call__(self, values: Values, question: Question) -> Array:
        """Answer at all inputs, in one row of numbers."""
        try:
            with np.errstate(all="ignore"):
                return self._answers({**usual(self.formula, question.place), **values}, question)
        except (ContenderFailure, NotAskedError, ArithmeticError, ValueError, TypeError):
            return np.array([np.nan])

    def _answers(self, values: Values, question: Question) -> Array:
        row = CONTRACT[self.formula]
        if row.stepped:
            w, gradients, shape = trajectory(row, question)
            hyper = {p.name: values[p.name] for p in row.hyperparameters}
            steps = self.ask(w, gradients, [float(values["lr"] * s) for s in shape], hyper)
            found: Array = np.asarray(steps, float) - w
            return found
        given = _inputs(row, question, values)
        return np.concatenate([flat(self.ask(*arguments)) for arguments in given])


def of_form(form: Variant) -> Model:
    """Let a form answer, on floats."""
    row = CONTRACT[form.formula]
    options = {"dtype": WIDEST} if takes_dtype(form.body) else {}
    ask = partial(_steps, form, options) if row.stepped else partial(form.body, **options)
    return Model(form.formula, ask, numbers(row))


def of_contender(side: Side) -> Model:
    """Let a contender answer."""
    row, contender = CONTRACT[side.formula], side.subject.contender
    pinned = {*side.pinned(), *contender.lacks(side.formula)}

    def steps(w: Array, gradients: Array, rates: list[float], hyper: Values) -> Any:
        given = {"lr": rates[0], **hyper, **side.pinned()}
        told = rates if len(set(rates)) > 1 else None
        try:
            return contender.trajectory(side.formula, given, w, gradients, told)
        except ContenderImpure as failure:
            return failure.value

    def call(*arguments: Any) -> Any:
        return contender.call(side.formula, *arguments)

    takes = tuple(name for name in numbers(row) if name not in pinned)
    return Model(side.formula, steps if row.stepped else call, takes)


def numbers(row: Formula) -> tuple[str, ...]:
    """List the numbers that a formula takes, beside the time that it is asked for."""
    return tuple(p.name for p in row.takes if not p.is_array and p.role != "time")


def usual(formula: str, place: int) -> dict[str, float]:
    """Return the values of a setting."""
    row = CONTRACT[formula]
    values = {p.name: _telling(p, place) for p in row.takes if p.values}
    return values | ({"lr": RATES[place]} if row.stepped else {})


def _telling(parameter: Parameter, place: int) -> float:
    """Return a value that shows: at zero nothing is seen of what is smoothed or penalised."""
    value = parameter.value(place)
    further = [one for one in parameter.values if one]
    return value if value or not further else further[place % len(further)]


def _steps(form: Variant, options: Mapping[str, Any], w: Array, gradients: Array,
           rates: list[float], hyper: Values) -> Array:  # fmt: skip
    return np.array(list(form.body(w, list(gradients), rates, **hyper, **options)), float)


def trajectory(row: Formula, question: Question) -> tuple[Array, Array, Array]:
    """Return weights and gradients that every number shows in, and the shape of the rates."""
    draw = np.random.default_rng(question.place)
    values = usual(row.name, question.place)
    epsilon = next((values[p.name] for p in row.takes if p.role == "epsilon"), 0.1)
    # ε shows beside gradients of its size, or of its root's.
    scale = np.array([1.0, 0.3, epsilon**0.5, epsilon])
    gradients = (draw.normal(size=(STEPS, 4)) + 0.3) * scale
    shape = np.where(np.arange(STEPS) < STEPS // 2, 1.0, 0.3 if question.falls else 1.0)
    return np.array([0.5, -1.0, 0.8, -0.3]) * scale**0.5, gradients, shape


def _inputs(row: Formula, question: Question, values: Values) -> list[list[Any]]:
    if row.takes_numbers:
        time = next((p for p in row.takes if p.role == "time"), None)
        last = int(time.value(question.place)) if time is not None else 0
        last += last if question.falls else 0
        name = time.name if time is not None else ""
        return [[{**values, name: at}[n] for n in row.parameters] for at in range(last + 1)]
    draw = np.random.default_rng(question.place)
    sizes = question.sizes
    arrays = {
        p.name: drawn(p.role, sizes if p.role.startswith("class") else sizes[:1], draw)
        for p in row.takes
        if p.is_array
    }
    return [[{**values, **arrays}[name] for name in row.parameters]]

"""The translation of one form into another's hyperparameters, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.translation.demands import Demand, demands
from gradmark.conformance.difference.translation.factor import factor
from gradmark.conformance.difference.translation.laws import law
from gradmark.conformance.difference.translation.model import (
    SETTINGS,
    Model,
    Question,
    of_contender,
    of_form,
    usual,
)
from gradmark.conformance.difference.translation.solve import Solution, apart, solve
from gradmark.conformance.equations.written import symbol
from gradmark.harness.contract import CONTRACT

CONTINUOUS = ("rate", "momentum", "decay", "epsilon", "weight decay", "factor", "share")
MAY_BE_ZERO = ("momentum", "epsilon", "weight decay")
COUNTED: Sequence[tuple[str, Callable[[float], float]]] = (
    ("{} − 1", lambda n: n - 1),
    ("{} + 1", lambda n: n + 1),
    ("2 {}", lambda n: 2 * n),
)
CHECKED = 1e-7  # of an answer's size: what two computations in float64 may differ by
# What holds not everywhere holds so far.
SO_FAR = {"optimizer": "while the rate is constant", "schedule": "up to the last epoch"}


@dataclass(frozen=True)
class Translation:
    """How B is made to compute A.

    Parameters
    ----------
    found : bool
        Whether there is a way.
    changes : mapping
        What to give in place of each number, in symbols where they were recognised.
    values : mapping
        The same at the usual values.
    condition : str
        Under which it holds; nothing where it always does.
    checked : float or None
        How far apart both contenders are when run so; None where they could not be.
    sketch : tuple of str
        Where there is no way: why.
    nearest : mapping
        Where there is no way: the values that come nearest, at the usual ones.
    left : float
        What these leave, as a share of the answer.
    scaled : str
        Of a loss that is the other times something: what it is times.
    """

    found: bool
    changes: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    condition: str = ""
    checked: float | None = None
    sketch: tuple[str, ...] = ()
    nearest: Mapping[str, float] = field(default_factory=dict)
    left: float = 0.0
    scaled: str = ""

    def __str__(self) -> str:
        return " ".join(self._told())

    def _told(self) -> Iterator[str]:
        if not self.found:
            yield "no hyperparameters do."
            yield from self.sketch
            if self.nearest:
                near = ", ".join(f"{symbol(n)}′ = {v:.4g}" for n, v in self.nearest.items())
                yield f"The nearest, {near}, leave {100 * self.left:.2g} % of the way."
            return
        if self.scaled:
            yield f"its loss is {self.scaled} times the first: divide the learning rate by that."
            return
        made = ", ".join(f"{symbol(name)}′ = {its}" for name, its in self.changes.items())
        at = ", ".join(f"{symbol(name)}′ = {its:.6g}" for name, its in self.values.items())
        what = made or "the same hyperparameters"
        shown = f" (at the usual values {at})" if at and at != made else ""
        yield f"{what}{shown}{f', {self.condition}' if self.condition else ''}."
        if self.checked is not None:
            yield f"Run so, both differ by {self.checked:.1g} of the way."
        else:
            yield "Not checked: it cannot be asked so."


def translation(one: Side, other: Side) -> Translation | None:
    """Look for the hyperparameters that make the other compute what the one computes.

    None where a formula has no numbers, or no answers could be had.
    """
    row = CONTRACT[one.formula]
    a, b = (of_form(s.form) if s.form is not None else of_contender(s) for s in (one, other))
    if not row.stepped and row.kind == "loss":
        scaled = factor(a, b)
        if scaled is not None and scaled == factor(of_contender(one), of_contender(other)):
            if scaled == "1":
                return Translation(True, condition="where no guard is met", checked=0.0)
            return Translation(True, scaled=scaled, checked=0.0)
    takes = tuple(name for name in of_contender(other).takes if name in b.takes)
    if not takes:
        return None
    found = _found(a, b, takes)
    if found is not None:
        return _checked(found, one, other)
    return _none(a, b, takes)


# --- there is one ---------------------------------------------------------------------------------


def _found(a: Model, b: Model, takes: Sequence[str]) -> Translation | None:
    kind = CONTRACT[a.formula].kind
    for falls in (True, False) if kind in SO_FAR else (False,):
        targets = [a({}, Question(place, falls)) for place in range(SETTINGS)]
        if not all(np.isfinite(t).any() for t in targets):
            return None
        for changed in _sets(a.formula, takes):
            solutions = _at_every_setting(a.formula, b, targets, changed, falls=falls)
            if solutions is not None:
                condition = "" if falls else SO_FAR.get(kind, "")
                return _named(a.formula, changed, solutions, condition)
    return _counted(a, b, takes)


def _sets(formula: str, takes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """List what may be changed: nothing, one number, the rate with another, all."""
    names = [n for n in takes if CONTRACT[formula].parameter(n).role in CONTINUOUS]
    rate = next((n for n in names if CONTRACT[formula].parameter(n).role == "rate"), None)
    yield ()
    yield from ((name,) for name in names)
    yield from ((rate, name) for name in names if rate is not None and name != rate)
    if len(names) > 2:
        yield tuple(names)


def _at_every_setting(
    formula: str, b: Model, targets: Sequence[np.ndarray], changed: tuple[str, ...], *, falls: bool
) -> list[Solution] | None:
    found = []
    for place, target in enumerate(targets):
        question, start = Question(place, falls), usual(formula, place)
        its = Solution(dict(start), apart(target, b(start, question)))
        if changed and not its.exact:
            its = _zero(formula, b, target, changed, question) or solve(
                target, b, changed, start, question
            )
        if not its.exact:
            return None
        found.append(its)
    return found


def _zero(
    formula: str, b: Model, target: np.ndarray, changed: tuple[str, ...], question: Question
) -> Solution | None:
    """Try the value that has no logarithm; None unless it is the solution."""
    if len(changed) > 1 or CONTRACT[formula].parameter(changed[0]).role not in MAY_BE_ZERO:
        return None
    values = {**usual(formula, question.place), changed[0]: 0.0}
    its = Solution(values, apart(target, b(values, question)))
    return its if its.exact else None


def _named(
    formula: str, changed: Sequence[str], solutions: Sequence[Solution], condition: str
) -> Translation:
    given = [usual(formula, place) for place in range(SETTINGS)]
    shapes = [Question(place).sizes[1] for place in range(SETTINGS)]
    loss = CONTRACT[formula].kind == "loss"
    sizes = [{"C": c, "(C − 1)": c - 1.0} if loss else {} for c in map(float, shapes)]
    changes, values = {}, {}
    for name in changed:
        got = [its.values[name] for its in solutions]
        if all(v == 0 for v in got):
            changes[name] = "0"
        else:
            changes[name] = law(name, formula, got, given, sizes) or f"{got[0]:.6g}"
        if changes[name] == symbol(name):
            del changes[name]
            continue
        values[name] = got[0]
    return Translation(True, changes, values, condition)


def _counted(a: Model, b: Model, takes: Sequence[str]) -> Translation | None:
    """Try counts that are off by one, or by a factor of two."""
    row = CONTRACT[a.formula]
    for name in (n for n in takes if row.parameter(n).role in ("count", "phase end")):
        for text, made in COUNTED:
            left = [
                apart(a({}, q), b({name: made(usual(a.formula, q.place)[name])}, q))
                for q in map(Question, range(SETTINGS))
            ]
            if max(left) <= 1e-9:
                value = made(usual(a.formula, 0)[name])
                return Translation(True, {name: text.format(symbol(name))}, {name: value})
    return None


def _checked(found: Translation, one: Side, other: Side) -> Translation:
    """Run both contenders: A at its own values, B at those that were found."""
    question = Question(0, falls=CONTRACT[one.formula].kind in SO_FAR and not found.condition)
    a, b = of_contender(one), of_contender(other)
    target = a(one.pinned(), question)
    if not np.isfinite(target).any():
        return found
    left = apart(target, b(found.values, question))
    if not left <= CHECKED:
        return Translation(
            False, sketch=("What makes the forms agree does not make the contenders agree.",)
        )
    return Translation(True, found.changes, found.values, found.condition, left)


# --- there is none --------------------------------------------------------------------------------


def _none(a: Model, b: Model, takes: Sequence[str]) -> Translation:
    question = Question()
    names = [n for n in takes if CONTRACT[a.formula].parameter(n).role in CONTINUOUS]
    nearest = solve(a({}, question), b, names, usual(a.formula, 0), question) if names else None
    asked = demands(a, b, names) if CONTRACT[a.formula].stepped else []
    changed = {n: nearest.values[n] for n in names} if nearest is not None else {}
    return Translation(
        False,
        sketch=tuple(_sketch(asked, names)),
        nearest=changed,
        left=nearest.left if nearest is not None else 0.0,
    )


def _sketch(asked: Sequence[Demand], names: Sequence[str]) -> Iterator[str]:
    able = [its for its in asked if its.able]
    for its in able:
        steps = ", ".join(f"step {t} for {v:.4g}" for t, v in its.values.items())
        of = f": {its.law}, which is no constant" if its.law else ""
        yield f"Of {symbol(its.name)}′ alone, {steps} is asked{of}."
    unable = [symbol(its.name) for its in asked if not its.values and its.name in names]
    if unable:
        yield f"No {' nor '.join(unable)} alone does even the first step."

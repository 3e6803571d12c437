"""The translation of one form into another's hyperparameters, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.difference.matter import percent
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.translation.demands import STEPS, Demand, demands
from gradmark.conformance.difference.translation.factor import factor
from gradmark.conformance.difference.translation.held import Held, held
from gradmark.conformance.difference.translation.laws import Law, law, times
from gradmark.conformance.difference.translation.model import (
    SETTINGS,
    Model,
    Question,
    inputs,
    legend,
    numbers,
    of_contender,
    of_form,
    sizes,
)
from gradmark.conformance.difference.translation.solve import EXACT, NEVER, Solution, apart, solve
from gradmark.conformance.equations.written import symbol
from gradmark.harness.contract import CONTRACT, Formula

CONTINUOUS = (
    "rate", "momentum", "decay", "epsilon", "weight decay", "penalty", "factor", "share",
    "constant", "bound", "exponent", "divisor",
)  # fmt: skip
MAY_BE_ZERO = ("rate", "momentum", "epsilon", "weight decay", "penalty")
COUNTED: Sequence[tuple[str, Callable[[float], float]]] = (
    ("{} − 1", lambda n: n - 1),
    ("{} + 1", lambda n: n + 1),
    ("2 {}", lambda n: 2 * n),
)
CHECKED = 1e-7  # of an answer's size: what two computations in float64 may differ by
SHIFTS: Sequence[tuple[str, int]] = (("{} − 1", -1), ("{} + 1", 1))
# What holds not everywhere holds so far: under which condition, and how that is asked.
CONSTANT = "while the rate is constant"
PLAIN, ORDINARY = Question(), Question(ordinary=True)
EVERYWHERE = ("", Question(falls=True))
SO_FAR: Mapping[str, Sequence[tuple[str, Question]]] = {
    "optimizer": (EVERYWHERE, (CONSTANT, PLAIN)),
    "schedule": (
        EVERYWHERE,
        ("up to the last epoch", PLAIN),
        ("before the last epoch", Question(times=(0, 1))),
    ),
}


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
    held : Held or None
        What the corpus's questions say of it.
    sketch : tuple of str
        Where there is no way: why.
    nearest : mapping
        Where there is no way: values that come much nearer than the usual ones, if any do.
    left : float
        What these, else the usual ones, leave, as a share of the answer.
    scaled : str
        Of a loss or a gradient that is the other times something: what it is times.
    options : tuple of str
        Those that are set.
    """

    found: bool
    changes: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    condition: str = ""
    checked: float | None = None
    held: Held | None = None
    sketch: tuple[str, ...] = ()
    nearest: Mapping[str, float] = field(default_factory=dict)
    left: float = 0.0
    scaled: str = ""
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        under = f"with {' and '.join(self.options)} set, " if self.options else ""
        return under + " ".join(self._told())

    def _told(self) -> Iterator[str]:
        if not self.found:
            yield "no hyperparameters do."
            yield from self.sketch
            if self.nearest:
                near = ", ".join(f"{symbol(n)}′ = {v:.4g}" for n, v in self.nearest.items())
                yield f"The nearest, {near}, leave {percent(self.left)} of the way."
            elif 0 < self.left < NEVER:
                left = percent(self.left)
                yield f"The same ones leave {left} of the way, and no others much less."
            return
        if self.scaled:
            counts = legend(self.scaled)
            yield f"it is {self.scaled} times the first{counts}: divide the learning rate by that."
        else:
            made = ", ".join(f"{symbol(name)}′ = {its}" for name, its in self.changes.items())
            at = ", ".join(f"{symbol(name)}′ = {its:.6g}" for name, its in self.values.items())
            what = made or "the same hyperparameters"
            shown = f" (at the usual values {at})" if at and at != made else ""
            shown += legend(made)
            yield f"{what}{shown}{f', {self.condition}' if self.condition else ''}."
        if self.checked is not None:
            yield f"Run so, both differ by {self.checked:.1g} of the way."
        else:
            yield "Not checked: it cannot be asked so."
        if self.held is not None:
            yield str(self.held)


def translation(one: Side, other: Side, parted: Case | None = None) -> Translation:
    """Look for the hyperparameters that make the other compute what the one computes.

    Parameters
    ----------
    one, other : Side
        Whose answers are wanted, and who is to give them.
    parted : Case, optional
        A question at which they part, which sets options: what holds without has to hold with
        them, too.
    """
    row = CONTRACT[one.formula]
    chosen = row.chosen(parted.hyper) if parted is not None else {}
    options = tuple(n for n, value in chosen.items() if value != row.parameter(n).neutral)
    told = _translated(one, other)
    return _translated(one, other, options) if told.found and options else told


def _translated(one: Side, other: Side, options: tuple[str, ...] = ()) -> Translation:
    row = CONTRACT[one.formula]
    if not row.takes_numbers and any(p.many and not p.is_array for p in row.takes):
        return Translation(False, sketch=("It takes a list of numbers: no other is looked for.",))
    codes = [of_contender(side) for side in (one, other)]
    a, b = (
        of_form(side.form, side.pinned()) if side.form is not None else code
        for side, code in zip((one, other), codes, strict=True)
    )
    if not row.stepped and row.kind in ("loss", "gradient", "network"):
        scaled = factor((a, codes[0]), (b, codes[1]))
        if scaled is not None and scaled[0].text != "1":
            its, left = scaled
            said = held(one, other, {}, scale=its)
            return Translation(True, scaled=its.text, checked=left, held=said)
    fixed = {*other.pinned(), *other.subject.contender.lacks(other.formula)}
    takes = tuple(name for name in numbers(row, options) if name not in fixed)
    pair = _Pair(row, a, b, takes, Question(options=options))
    return _checked(pair, one, other, codes) or _none(pair)


@dataclass(frozen=True)
class _Pair:
    """Two models, and what of the second may be changed."""

    row: Formula
    a: Model
    b: Model
    takes: tuple[str, ...]
    question: Question

    def at(self, place: int, how: Question = PLAIN) -> Question:
        """Return a question at a setting, asked as another is."""
        return replace(how, place=place, options=self.question.options)

    @property
    def ways(self) -> Sequence[tuple[str, Question]]:
        """How it is asked, the widest first, and what that leaves as a condition."""
        return SO_FAR.get(self.row.kind, (("", PLAIN),))

    def usual(self, question: Question) -> dict[str, float]:
        """Return what the first is given: what is written into its code is what it is."""
        return {**question.usual(self.row.name), **self.a.pinned}

    def left(self, question: Question, given: Mapping[str, float], shift: int = 0) -> float:
        """Return how far both are apart, if the second is given other numbers."""
        target = self.a({}, question)
        if not np.isfinite(target).any():
            return np.inf
        values = {**self.usual(question), **given}
        return apart(target, self.b(values, replace(question, shift=shift)))

    @property
    def continuous(self) -> list[str]:
        return [n for n in self.takes if self.row.parameter(n).role in CONTINUOUS]


# --- there is one ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What makes two forms agree: laws, or where there are none the usual values' solution."""

    laws: Mapping[str, Law]
    values: Mapping[str, float]
    condition: str = ""
    asked: Question = PLAIN
    shift: int = 0

    @property
    def changes(self) -> dict[str, str]:
        return {n: its.text for n, its in self.laws.items()}


def _found(pair: _Pair) -> Iterator[_Found]:
    for condition, how in pair.ways:
        asked = [pair.at(place, how) for place in range(SETTINGS)]
        targets = [pair.a({}, question) for question in asked]
        if not all(np.isfinite(t).any() for t in targets):
            continue
        for changed in _sets(pair):
            solutions = [*_solutions(pair, asked, targets, changed)]
            if len(solutions) == SETTINGS:
                its = _named(pair, asked, changed, solutions)
                yield replace(its, condition=its.condition or condition, asked=how)
    yield from _counted(pair)
    yield from _shifted(pair)
    yield from _as_usual(pair)


def _sets(pair: _Pair) -> Iterator[tuple[str, ...]]:
    """List what may be changed: nothing, one number, the rate with another, all."""
    names = pair.continuous
    rate = next((n for n in names if pair.row.parameter(n).role == "rate"), None)
    yield ()
    yield from ((name,) for name in names)
    yield from ((rate, name) for name in names if rate is not None and name != rate)
    if len(names) > 2:
        yield tuple(names)


def _solutions(
    pair: _Pair, asked: Sequence[Question], targets: Sequence[np.ndarray], changed: tuple[str, ...]
) -> Iterator[Solution]:
    """Solve at one setting after the other, as long as that succeeds."""
    for question, target in zip(asked, targets, strict=True):
        start = pair.usual(question)
        its = Solution(dict(start), apart(target, pair.b(start, question)))
        if changed and not its.exact:
            its = _zero(pair, target, changed, question) or solve(
                target, pair.b, changed, start, question
            )
        if not its.exact:
            return
        yield its


def _zero(
    pair: _Pair, target: np.ndarray, changed: tuple[str, ...], question: Question
) -> Solution | None:
    """Try the value that has no logarithm; None unless it is the solution."""
    if len(changed) > 1 or pair.row.parameter(changed[0]).role not in MAY_BE_ZERO:
        return None
    values = {**pair.usual(question), changed[0]: 0.0}
    its = Solution(values, apart(target, pair.b(values, question)))
    return its if its.exact else None


def _named(
    pair: _Pair, asked: Sequence[Question], changed: Sequence[str],
    solutions: Sequence[Solution],
) -> _Found:  # fmt: skip
    """Find what the numbers that were solved for are made of."""
    formula, given = pair.row.name, [pair.usual(question) for question in asked]
    counted = [sizes(pair.row, inputs(pair.row, question)[0]) for question in asked]
    condition = ""
    laws, values = dict[str, Law](), dict[str, float]()
    for name in changed:
        got = [its.values[name] for its in solutions]
        its = _constant(got) or law(name, formula, got, given, counted)
        if its is None:
            its = replace(times(name, np.nan), text=f"{got[0]:.6g}")
            condition = "at the usual values: at others it is no product of them"
        if its.text != symbol(name):
            laws[name], values[name] = its, got[0]
    return _Found(laws, values, condition)


def _constant(values: Sequence[float]) -> Law | None:
    """Return the law of a number that is the same at every setting."""
    if not np.allclose(values, values[0], rtol=1e-9, atol=0):
        return None
    return Law(f"{values[0]:.6g}", lambda _: values[0])


def _counted(pair: _Pair) -> Iterator[_Found]:
    """Try counts that are off by one, or by a factor of two."""
    asked = [pair.at(place) for place in range(SETTINGS)]
    for name in (n for n in pair.takes if pair.row.parameter(n).role in ("count", "phase end")):
        for text, made in COUNTED:
            left = [pair.left(q, {name: made(pair.usual(q)[name])}) for q in asked]
            if max(left) <= EXACT:
                its = Law(text.format(symbol(name)), partial(_made, made, name))
                yield _Found({name: its}, {name: made(pair.usual(asked[0])[name])})
                return


def _shifted(pair: _Pair) -> Iterator[_Found]:
    """Try times that are counted from another one."""
    time = next((p.name for p in pair.row.takes if p.role == "time"), None)
    how = Question(falls=True, times=(1, 1))
    for text, shift in SHIFTS if time is not None else ():
        asked = [pair.at(place, how) for place in range(SETTINGS)]
        left = [pair.left(q, {}, shift) for q in asked]
        if time is not None and max(left) <= EXACT:
            made = partial(_made, partial(int.__add__, shift), time)
            its = Law(text.format(symbol(time)), made)
            yield _Found({time: its}, {}, asked=how, shift=shift)


def _as_usual(pair: _Pair) -> Iterator[_Found]:
    """Look whether both are the same at the usual values, if not at others."""
    question = pair.at(0, pair.ways[0][1])
    usual = pair.usual(question)
    if pair.left(question, {}) <= EXACT:
        at = ", ".join(f"{symbol(n)} = {usual[n]:.6g}" for n in pair.takes)
        condition = f"at the usual values, {at}, not at others"
        yield _Found({}, {}, condition, pair.ways[0][1])


def _made(made: Callable[[float], float], name: str, given: Mapping[str, float]) -> float:
    return made(given[name])


def _checked(pair: _Pair, one: Side, other: Side, codes: Sequence[Model]) -> Translation | None:
    """Run both contenders: A at its own values, B at those that were found."""
    found = next(_found(pair), None)
    if found is None:
        return None
    # What is written into the first one's code, the second has to be given.
    written = {n: v for n, v in pair.a.pinned.items() if n in pair.takes and n not in found.laws}
    changes = {n: f"{v:.6g}" for n, v in written.items()} | found.changes
    told = Translation(
        True, changes, {**written, **found.values}, found.condition, options=pair.question.options
    )
    a, b = codes
    # A rate that cannot change is asked while it does not.
    for how in (found.asked, *(way for _, way in pair.ways[1:] if not found.shift)):
        question = pair.at(0, how)
        target = a({}, question)
        values = {**pair.usual(question), **found.values}
        answered = b(values, replace(question, shift=found.shift))
        if not np.isfinite(target).any() or not np.isfinite(answered).any():
            continue
        left = apart(target, answered)
        if not left <= CHECKED:
            return Translation(
                False, sketch=("What makes the forms agree does not make the contenders agree.",)
            )
        steady = found.condition == CONSTANT
        return replace(told, checked=left, held=held(one, other, found.laws, steady=steady))
    return told


# --- there is none --------------------------------------------------------------------------------


def _none(pair: _Pair) -> Translation:
    """Say why none does, and what comes nearest where gradients are of a usual size."""
    if not pair.takes:
        return Translation(False, sketch=("It takes none.",))
    names, question = pair.continuous, pair.at(0, ORDINARY)
    asked = demands(pair.a, pair.b, names, pair.at(0)) if pair.row.stepped else []
    sketch = tuple(_sketch(asked, names))
    start, target = pair.usual(question), pair.a({}, question)
    if not names or not np.isfinite(target).any():
        return Translation(False, sketch=sketch, options=question.options)
    as_it_is = Solution(start, apart(target, pair.b(start, question)))
    solved = solve(target, pair.b, names, start, question)
    nearer = solved.left < as_it_is.left / 2
    return Translation(
        False, sketch=sketch, nearest={n: solved.values[n] for n in names} if nearer else {},
        left=solved.left if nearer else as_it_is.left, options=question.options,
    )  # fmt: skip


def _sketch(asked: Sequence[Demand], names: Sequence[str]) -> Iterator[str]:
    for its in (its for its in asked if its.differs):
        steps = ", ".join(f"step {t} for {v:.4g}" for t, v in its.values.items())
        of = f": {its.law}, which is no constant" if its.law else ""
        yield f"Of {symbol(its.name)}′ alone, {steps} is asked{of}."
    for step in STEPS:
        unable = [symbol(its.name) for its in asked if its.undone == step and its.name in names]
        if unable:
            yield f"No {' nor '.join(unable)} alone does step {step}."

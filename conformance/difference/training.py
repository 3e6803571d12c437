"""The weights that two contenders' formulas lead to, in training, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.difference.problems import (
    STEPS,
    XOR,
    Problem,
    joined,
    parts,
    problems,
)
from gradmark.conformance.difference.side import Side
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.parameter import LABELS, Parameter
from gradmark.harness.draws import drawn
from gradmark.harness.host import ContenderFailure, ContenderImpure

Array = np.ndarray
ADAPTIVE, PLAIN = 0.05, 0.02  # rates: of steps that are divided by the gradient's size, or not
SLOPES = ("_derivative", "_slope")
LOSS_STEPS, LOSS_RATE = 60, 0.5
SCHEDULE_RATE = 0.5  # at which a schedule starts
PREDICTED: Mapping[
    str, Callable[[Array], Array]
] = {  # what is made of X w, by the role that it has
    "probability": reference.sigmoid,
    "class probability": reference.softmax,
    "class log probability": reference.log_softmax,
}
H = 6e-6  # the step of a central difference: the cube root of float64's roundoff


@dataclass(frozen=True)
class Run:
    """The weights of two contenders on one problem, and the losses that they have there."""

    problem: str
    about: str
    one: Array  # a row for each step, the start not among them
    other: Array
    start: Array
    losses: tuple[list[float], list[float]]

    @property
    def apart(self) -> Array:
        """How far the weights are from each other, as a share of the longest way that A's go.

        ‖w_A(t) − w_B(t)‖ / max_s ‖w_A(s) − w(0)‖; infinite where only one is a number.
        """
        with np.errstate(all="ignore"):
            way = np.linalg.norm(self.one - self.start, axis=1)
            off = np.linalg.norm(self.one - self.other, axis=1)
            whole = np.isfinite(way).all(), np.isfinite(self.other).all(axis=1)
            longest = np.max(way[np.isfinite(way)], initial=0.0)
            shares = off / longest if longest > 0 else np.where(off > 0, np.inf, 0.0)
        both_lost = ~np.isfinite(self.one).all(axis=1) & ~whole[1]
        return np.where(both_lost, 0.0, np.where(np.isfinite(shares), shares, np.inf))


def runs(one: Side, other: Side) -> Iterator[Run]:
    """Train with both; problems that one of the two cannot be asked are left out."""
    train = TRAINED.get(CONTRACT[one.formula].kind)
    for problem in train(one.formula) if train else ():
        try:
            a, b = problem.weights(one), problem.weights(other)
            losses = [problem.losses(a), problem.losses(b)]
        except (ContenderFailure, NotAskedError, ArithmeticError, ValueError):
            continue  # what it takes is nothing that this problem has
        yield Run(problem.name, problem.about, a, b, problem.start, (losses[0], losses[1]))


@dataclass(frozen=True)
class Trained:
    """A problem, and how a formula's side is trained on it."""

    name: str
    about: str
    start: Array
    weights: Callable[[Side], Array]
    loss: Callable[[Array], float]

    def losses(self, weights: Array) -> list[float]:
        """Return the loss after each step."""
        with np.errstate(all="ignore"):
            return [float(self.loss(w)) for w in weights]


# --- optimizers -----------------------------------------------------------------------------------


def _optimizers(formula: str) -> Iterator[Trained]:
    row = CONTRACT[formula]
    adaptive = any(p.role in ("epsilon", "weight decay") for p in row.hyperparameters)
    rate = ADAPTIVE if adaptive else PLAIN

    def of(problem: Problem) -> Callable[[Side], Array]:
        return lambda side: _steps(side, problem, problem.rates(rate))

    for its in problems():
        yield Trained(its.name, its.about, its.start, of(its), its.loss)


def _steps(side: Side, problem: Problem, rates: list[float]) -> Array:
    contender, w, found = side.subject.contender, problem.start, []
    shape = CONTRACT[side.formula].folded(w.shape)
    hyper = {"lr": rates[0], **CONTRACT[side.formula].settings(0), **side.pinned()}
    known = {
        name: value for name, value in hyper.items() if name in CONTRACT[side.formula].parameters
    }
    with contender.optimizer(side.formula, **known) as optimizer:
        for step, rate in enumerate(rates):
            if step and rate != rates[step - 1]:
                optimizer.lr = rate
            with np.errstate(all="ignore"):
                gradient = np.asarray(problem.gradient(w, step), float)
            try:
                moved = optimizer.step(w.reshape(shape), gradient.reshape(shape))
            except ContenderImpure as failure:
                moved = failure.value
            w = np.asarray(moved, float).reshape(w.shape)
            found.append(w)
    return np.array(found)


# --- schedules ------------------------------------------------------------------------------------


def _told(value: Any) -> str:
    return " and ".join(f"{each:g}" for each in value) if isinstance(value, list) else f"{value:g}"


def _schedules(formula: str) -> Iterator[Trained]:
    """Descend at the rates that a schedule gives, from epoch 0 to the end of each setting."""
    row = CONTRACT[formula]
    names = [p.name for p in row.takes if not p.is_array]
    time = next(p.name for p in row.takes if p.role == "time")
    first = next((p.name for p in row.takes if p.role == "rate"), None)
    its = problems()[2]
    for place in range(3):
        setting: dict[str, Any] = {p.name: p.value(place) for p in row.takes if not p.many}
        thirds = [int(setting[time]) // 3, 2 * int(setting[time]) // 3]
        setting |= {p.name: thirds for p in row.takes if p.many}
        if first is not None:
            setting[first] = SCHEDULE_RATE
        epochs = int(setting[time]) + 1
        told = ", ".join(f"{n} {_told(setting[n])}" for n in names if n != time)

        def weights(side: Side, setting: dict[str, Any] = setting, epochs: int = epochs) -> Array:
            w, found = its.start, []
            for epoch in range(epochs):
                given = [{**setting, time: epoch}[name] for name in row.parameters]
                rate = float(np.asarray(side.subject.contender.call(formula, *given)))
                w = np.asarray(reference.SGD(lr=1.0).step(w, rate * its.gradient(w, epoch)))
                found.append(w)
            return np.array(found)

        yield Trained(f"{its.name}, {told}", its.about, its.start, weights, its.loss)


# --- losses ---------------------------------------------------------------------------------------


def _losses(formula: str) -> Iterator[Trained]:
    """Descend along a loss's own gradient, by central differences in its predictions."""
    row = CONTRACT[formula]
    if len(row.takes) < 2 or not all(p.is_array for p in row.takes[:2]):
        return
    draw = np.random.default_rng(len(formula))
    X = np.column_stack([draw.normal(size=(6, 2)), np.ones(6)])
    label, prediction = row.takes[0].role, row.takes[1].role
    several = "class" in prediction or "class" in label
    columns = 3 if several else 1
    if label in LABELS:
        y = drawn(label, (6, 3) if several else (6,), draw)
    else:
        y = X @ [0.5, -1.0, 0.2] + 0.1 * draw.normal(size=6)
    start = np.zeros(3 * columns)

    def predicted(w: Array) -> Array:
        p = np.asarray(PREDICTED.get(prediction, np.asarray)(X @ w.reshape(3, columns)))
        return p if several else p[:, 0]

    def weights(further: tuple[Any, ...], side: Side) -> Array:
        def loss(w: Array) -> float:
            answer = side.subject.contender.call(formula, y, predicted(w), *further)
            return float(np.asarray(answer))

        w, found = start, []
        for _ in range(LOSS_STEPS):
            slopes = [(loss(w + h) - loss(w - h)) / (2 * H) for h in H * np.eye(w.size)]
            w = w - LOSS_RATE * np.array(slopes)
            found.append(w)
        return np.array(found)

    def known(further: tuple[Any, ...], w: Array) -> float:
        return float(getattr(reference, formula)(y, predicted(w), *further))

    about = "six points, by gradient descent along the loss's own slope"
    name = "regression" if label not in LABELS else "classes"
    for told, its in _settings(row.takes[2:]):
        made = partial(weights, its), partial(known, its)
        yield Trained(", ".join([name, *told]), about, start, *made)


def _settings(constants: Sequence[Parameter]) -> Iterator[tuple[list[str], tuple[Any, ...]]]:
    """List values of constants, each with what is said of them: at one value two may be alike."""
    # At zero nothing is seen of what is smoothed.
    usual = [p.usual or next(filter(None, p.values), 0.0) for p in constants]
    others = [[p.value(i) or u for p, u in zip(constants, usual, strict=True)] for i in range(3)]
    for its in dict.fromkeys(map(tuple, [usual, *others])):
        yield [f"{p.name} {_told(value)}" for p, value in zip(constants, its, strict=True)], its


# --- networks -------------------------------------------------------------------------------------


def _networks(formula: str) -> Iterator[Trained]:
    if not CONTRACT[formula].returned or CONTRACT[formula].parameters[2:3] != ("W1",):
        return
    its = problems()[-1]
    X, Y, _ = XOR

    def weights(side: Side) -> Array:
        w, found = its.start, []
        for _ in range(STEPS):
            w = w - 0.5 * joined(side.subject.contender.call(formula, X, Y, *parts(w)))
            found.append(w)
        return np.array(found)

    yield Trained(its.name, f"{its.about}, by gradient descent", its.start, weights, its.loss)


# --- activations and norms ------------------------------------------------------------------------


def _hidden(formula: str) -> Iterator[Trained]:
    """Train the XOR network with the formula in its hidden layer."""
    if any(p.name in ("dy", "momentum") for p in CONTRACT[formula].takes):
        return  # a norm's gradient, or its memory
    constants = [p for p in CONTRACT[formula].takes if p.role == "constant"]
    for told, its in _settings(constants):
        yield _within(formula, told, {p.name: v for p, v in zip(constants, its, strict=True)})


def _within(formula: str, told: list[str], constants: Mapping[str, Any]) -> Trained:
    row, (X, Y, start) = CONTRACT[formula], XOR
    its, units = problems()[-1], start[0].shape[1]
    rest = [constants.get(p.name, _beside(p, units)) for p in row.takes[1:]]
    base = next((b for b in map(formula.removesuffix, SLOPES) if b != formula), None)

    def called(side: Side, z: Array) -> Array:
        return np.asarray(side.subject.contender.call(formula, z, *rest), float)

    def downhill(side: Side, w: Array) -> Array:
        """Let the loss fall by central differences, all of them in one call where that may be."""
        near = w + H * np.concatenate([np.eye(w.size), -np.eye(w.size)])
        inner, b1, outer, b2 = (np.array(one) for one in zip(*map(parts, near), strict=True))
        z = X @ inner + b1
        if row.kind == "activation":
            hidden = called(side, z.reshape(-1, units)).reshape(z.shape)
        else:
            hidden = np.array([called(side, each) for each in z])
        scores = hidden @ outer + b2
        losses = np.mean(np.logaddexp(0, scores) - Y * scores, axis=(1, 2))
        return np.asarray((losses[: w.size] - losses[w.size :]) / (2 * H))

    def backwards(side: Side, w: Array) -> Array:
        """Hand the error back through the slope."""
        inner, b1, outer, b2 = parts(w)
        z = X @ inner + b1
        a = np.asarray(getattr(reference, str(base))(z, *rest))
        error = (np.asarray(reference.sigmoid(a @ outer + b2)) - Y) / len(X)
        back = error @ outer.T * called(side, a if row.parameters[0] == "a" else z)
        return joined([X.T @ back, back.sum(0, keepdims=True), a.T @ error, error.sum(0)])

    def weights(side: Side) -> Array:
        w, found = its.start, []
        for _ in range(STEPS if row.kind == "activation" else LOSS_STEPS):
            w = w - LOSS_RATE * (downhill if base is None else backwards)(side, w)
            found.append(w)
        return np.array(found)

    about = f"{its.about}, with this in the hidden layer, by gradient descent"
    return Trained(", ".join([its.name, *told]), about, its.start, weights, its.loss)


def _beside(parameter: Parameter, units: int) -> Any:
    if parameter.is_array:
        return np.zeros(units) if parameter.name == "beta" else np.ones(units)
    return parameter.usual


TRAINED: dict[str, Callable[[str], Iterator[Trained]]] = {
    "optimizer": _optimizers,
    "schedule": _schedules,
    "loss": _losses,
    "network": _networks,
    "activation": _hidden,
    "norm": _hidden,
}

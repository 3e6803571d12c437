"""The small training problems by which it is measured how much a difference matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from gradmark import reference

Array = np.ndarray
SEED = 20260503  # of the data; they are the same for every run
STEPS = 200


@dataclass(frozen=True)
class Problem:
    """Something to be learned: where it starts, and its gradient at each step.

    Parameters
    ----------
    name, about : str
        What it is called, and a sentence.
    start : array
        The weights before the first step.
    gradient : callable
        Of the weights and the number of the step, from 0: which mini-batch it is.
    loss : callable
        Of the weights, over all data.
    changes : bool
        Whether the learning rate falls to a tenth half-way.
    """

    name: str
    about: str
    start: Array
    gradient: Callable[[Array, int], Array]
    loss: Callable[[Array], float]
    changes: bool = False

    def rates(self, rate: float) -> list[float]:
        """Return the learning rate of each step."""
        late = rate / 10 if self.changes else rate
        return [rate if step < STEPS // 2 else late for step in range(STEPS)]


def _ravine() -> Problem:
    steep = np.array([1.0, 10.0])
    return Problem(
        "ravine",
        "½(w₁² + 10 w₂²) from (3, −2)",
        np.array([3.0, -2.0]),
        lambda w, _: steep * w,
        lambda w: float(0.5 * np.sum(steep * w * w)),
    )


def _banana() -> Problem:
    return Problem(
        "Rosenbrock",
        "a hundredth of Rosenbrock's function from (−1.2, 1)",
        np.array([-1.2, 1.0]),
        lambda w, _: np.asarray(reference.rosenbrock_grad(w)) / 100,
        lambda w: float(reference.rosenbrock(w)) / 100,
    )


def _points() -> tuple[Array, Array]:
    draw = np.random.default_rng(SEED)
    X = np.column_stack([draw.normal(size=(48, 3)), np.ones(48)])
    y = (X @ [1.5, -2.0, 0.5, 0.3] + draw.normal(size=48) > 0).astype(float)
    return X, y


def _logistic(name: str, about: str, X: Array, y: Array, batch: int, *, changes: bool) -> Problem:
    def of(w: Array) -> Array:
        return np.asarray(reference.sigmoid(X @ w))

    def gradient(w: Array, step: int) -> Array:
        its = np.arange(step * batch, (step + 1) * batch) % len(y)
        return np.asarray(X[its].T @ (of(w) - y)[its] / batch)

    def loss(w: Array) -> float:
        return float(reference.binary_cross_entropy(y, of(w)))

    return Problem(name, about, np.zeros(X.shape[1]), gradient, loss, changes)


def _classes() -> Problem:
    X, y = _points()
    about = "logistic regression, 48 points in mini-batches of 8"
    return _logistic("mini-batches", about, X, y, 8, changes=False)


def _falling() -> Problem:
    X, y = _points()
    about = "the same, with a rate that falls to a tenth half-way"
    return _logistic("falling rate", about, X, y, 8, changes=True)


def _rare() -> Problem:
    draw = np.random.default_rng(SEED + 1)
    X = draw.normal(size=(48, 4)) * (draw.uniform(size=(48, 4)) < [1.0, 0.5, 0.1, 0.04])
    y = (X @ [1.0, -1.0, 2.0, -2.0] > 0).astype(float)
    about = "logistic regression on features that are mostly zero, in mini-batches of 4"
    return _logistic("rare features", about, X, y, 4, changes=False)


def _network() -> Problem:
    X, Y, start = XOR
    return Problem(
        "XOR network",
        "a network of four hidden units that learns XOR",
        joined(start),
        lambda w, _: joined(reference.compute_gradients(X, Y, *parts(w))),
        lambda w: float(reference.compute_loss(X, Y, *parts(w))),
    )


def joined(arrays: Iterable[Array]) -> Array:
    """Put a network's arrays into one row."""
    return np.concatenate([np.ravel(one) for one in arrays])


def parts(w: Array) -> list[Array]:
    """Take the row apart again, into the arrays of the XOR network."""
    sizes = [one.shape for one in XOR[2]]
    ends = np.cumsum([int(np.prod(size)) for size in sizes])[:-1]
    return [p.reshape(s) for p, s in zip(np.split(w, ends), sizes, strict=True)]


def _xor() -> tuple[Array, Array, list[Array]]:
    draw = np.random.default_rng(SEED + 2)
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    weights = [draw.normal(size=(2, 4)), np.zeros((1, 4)), draw.normal(size=(4, 1)),
               np.zeros((1, 1))]  # fmt: skip
    return X, np.array([[0.0], [1.0], [1.0], [0.0]]), weights


XOR = _xor()


@cache
def problems() -> tuple[Problem, ...]:
    """List the problems."""
    return _ravine(), _banana(), _classes(), _falling(), _rare(), _network()

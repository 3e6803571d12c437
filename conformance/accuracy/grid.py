"""Where to look: magnitudes in logarithmic steps, both signs, and what is special about a formula.

What is special: zeros, kinks, saturation, 0 and 1, nearly equal numbers that are subtracted. Points
lie at random within their steps, since powers of two would round too kindly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.tolerances import tiny
from gradmark.harness.contract import CONTRACT

Draw = np.random.Generator
Arguments = tuple[Any, ...]


def grid(formula: str, dtype: str, draw: Draw, *, quick: bool = False) -> list[Case]:
    """List the points of a formula; activations and optimizers have many in one case."""
    kind = CONTRACT[formula].kind
    if kind == "optimizer":
        return [case.rounded_to(dtype) for case in _optimizer(formula, draw, quick)]
    if kind == "activation":
        points = ACTIVATIONS[formula](dtype, draw)
        return [Case(formula, "grid", (points[:: 4 if quick else 1],)).rounded_to(dtype)]
    if kind == "schedule":
        every = [(epoch, *setting) for last, *setting in SCHEDULES[formula] for epoch in
                 range(int(last) + 1)]  # fmt: skip
    else:
        every = list(FUNCTIONS[formula](dtype, draw))
    chosen = every[:: 4 if quick else 1]
    return [Case(formula, "grid", arguments).rounded_to(dtype) for arguments in chosen]


def _magnitudes(draw: Draw, low: float, high: float, count: int) -> np.ndarray:
    """Draw one number from each of `count` equal steps of the logarithm."""
    within = draw.uniform(size=count)
    edges = np.log([low, high])
    points: np.ndarray = np.exp(
        edges[0] + (edges[1] - edges[0]) * (np.arange(count) + within) / count
    )
    return points


def _signed(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, -x])


def _unit(dtype: str, draw: Draw, count: int, low: float) -> np.ndarray:
    """Draw numbers in [0, 1], close to both ends: the ends themselves are among them."""
    least = float(np.finfo(dtype).eps)
    near_one = 1 - _magnitudes(draw, least, 0.5, count)
    return np.concatenate([[0.0, 0.5, 1.0], _magnitudes(draw, low, 0.5, count), near_one])


# --- activations ----------------------------------------------------------------------------------


def _sigmoid(dtype: str, draw: Draw) -> np.ndarray:
    limits = np.finfo(dtype)
    # where 1 + e^−z rounds to 1, where e^z is no longer normal, where e^−z overflows
    special = np.log([float(limits.eps), float(limits.tiny), 1 / float(limits.max)])
    around = (special[:, None] + np.linspace(-2, 2, 9)).ravel()
    between = np.linspace(-40, 40, 160) + draw.uniform(0, 0.5, 160)
    return np.concatenate(
        [[0.0, -0.0], _signed(around), between, _signed(_magnitudes(draw, 1e-20, 1e3, 60))]
    )


def _rectified(dtype: str, draw: Draw) -> np.ndarray:
    # Not to the ends: what is not normal may be flushed, and 2z is to be finite.
    low, high = 2 * tiny(dtype), float(np.finfo(dtype).max) / 4
    return np.concatenate([[0.0, -0.0], _signed(_magnitudes(draw, low, high, 100))])


ACTIVATIONS: dict[str, Callable[[str, Draw], np.ndarray]] = {
    "sigmoid": _sigmoid,
    "sigmoid_derivative": lambda dtype, draw: _unit(dtype, draw, 100, 2 * tiny(dtype)),
    "relu": _rectified,
    "relu_derivative": _rectified,
}

# --- losses ---------------------------------------------------------------------------------------


def _squared(dtype: str, draw: Draw) -> Iterator[Arguments]:
    del dtype
    y = _signed(_magnitudes(draw, 1e-9, 1e9, 6))
    for distance in (0.0, -1.0, *_signed(_magnitudes(draw, 1e-7, 1e3, 2))):
        for one in y:
            yield np.array([one]), np.array([one * (1 + distance)])
    for scale in _magnitudes(draw, 1e-6, 1e6, 12):
        yield draw.normal(size=7) * scale, draw.normal(size=7) * scale


def _binary(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for p in _unit(dtype, draw, 12, 1e-18):
        for label in (0.0, 1.0, 0.3):
            yield np.array([label]), np.array([p])
    for _ in range(12):
        yield draw.integers(0, 2, 7).astype(float), draw.choice(_unit(dtype, draw, 20, 1e-9), 7)


def _categorical(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for p in _unit(dtype, draw, 24, 1e-18):
        row = np.array([[p, (1 - p) / 4, (1 - p) * 3 / 4]])
        yield np.array([[1.0, 0.0, 0.0]]), row
    for _ in range(20):
        soft, hard = draw.dirichlet(np.ones(3), 4), np.eye(3)[draw.integers(0, 3, 4)]
        yield (hard, soft) if draw.uniform() < 0.5 else (soft, draw.dirichlet(np.ones(3), 4))


# --- network --------------------------------------------------------------------------------------


def _network(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Logits of every size on both sides of both labels, then small networks."""
    del dtype
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    for z in (0.0, *_signed(_magnitudes(draw, 1e-6, 1e3, 8))):
        for label in (0.0, 1.0):
            yield one, label * one, one, zero, z * one, zero
    for scale in _magnitudes(draw, 1e-3, 64, 10):
        for k in (1, 2):
            # Multiples of 1/64: a pre-activation is exactly at its kink, or far from it.
            X, W1, b1 = (
                np.round(draw.normal(size=shape) * 64) / 64 for shape in ((3, 2), (2, 3), (1, 3))
            )
            y = draw.integers(0, 2, (3, k)).astype(float)
            yield X, y, W1, b1, draw.normal(size=(3, k)) * scale, draw.normal(size=(1, k)) * scale


# --- test functions -------------------------------------------------------------------------------


def _rosenbrock(dtype: str, draw: Draw) -> Iterator[Arguments]:
    del dtype
    for x in (0.0, 1.0, *_signed(_magnitudes(draw, 1e-4, 1e4, 8))):
        # in the valley, beside it, off it
        for y in (x**2, x**2 * (1 + draw.normal() * 1e-5), draw.normal() * 100):
            yield (np.array([x, y]),)
    for x, y in 1 + _magnitudes(draw, 1e-7, 1e-1, 20).reshape(10, 2) * draw.choice([-1, 1], 2):
        yield (np.array([x, y]),)


FUNCTIONS: dict[str, Callable[[str, Draw], Iterator[Arguments]]] = {
    "mse_loss": _squared,
    "binary_cross_entropy": _binary,
    "categorical_cross_entropy": _categorical,
    "compute_loss": _network,
    "compute_gradients": _network,
    "rosenbrock": _rosenbrock,
    "rosenbrock_grad": _rosenbrock,
}

# --- schedules: every epoch to the last, and the setting ------------------------------------------

SCHEDULES: dict[str, tuple[tuple[float, ...], ...]] = {
    "step_decay": ((41, 0.1, 0.5, 20), (22, 1.0, 0.1, 7), (20, 0.3, 0.9, 1)),
    "exponential_decay": ((40, 0.1, 0.05), (20, 1.0, 0.001), (20, 0.3, 0.5)),
    "cosine_annealing": ((10, 0.3, 10), (30, 0.1, 30), (40, 0.7, 40)),
    "warmup_cosine": ((12, 0.3, 3, 12), (20, 0.2, 0, 20), (40, 0.1, 10, 40)),
}

# --- optimizers -----------------------------------------------------------------------------------

HYPER: dict[str, tuple[dict[str, float], ...]] = {
    "SGD": ({}, {}),
    "SGDMomentum": ({"momentum": 0.9}, {"momentum": 0.37}),
    "RMSprop": ({"beta": 0.9, "epsilon": 1e-8}, {"beta": 0.63, "epsilon": 1e-3}),
    "Adam": (
        {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        {"beta1": 0.63, "beta2": 0.9, "epsilon": 1e-3},
    ),
}
STEPS = 4


def _optimizer(formula: str, draw: Draw, quick: bool) -> Iterator[Case]:
    """Short trajectories of weights that start at zero, near the step's size, and far above it."""
    count = 6 if quick else 18
    for hyper in HYPER[formula]:
        signs = np.where(draw.uniform(size=(STEPS, count)) < 0.5, -1.0, 1.0)
        size = _magnitudes(draw, 1e-12, 1e6, count) * draw.uniform(0.5, 2, size=(STEPS, count))
        w = draw.normal(size=count) * np.resize([0.0, 0.1, 30.0], count)
        yield Case(formula, "grid", (w, signs * size, [0.1, 0.1, 0.1, 0.03]), hyper)

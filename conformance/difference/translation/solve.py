"""Numbers that make one model answer as another: by damped Gauss-Newton steps, from where they are.

Levenberg 1944; Marquardt 1963. Positive numbers are looked for by their logarithm, shares of one by
their odds', so that no step leaves the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.difference.translation.model import Model, Question, Values
from gradmark.harness.contract import CONTRACT

Array = np.ndarray
ROUNDS = 60
EXACT = 1e-9  # of an answer's size, up to which two answers are one
NUDGE = 1e-6
NEVER = 1e6  # how far apart what is no number is taken to be


@dataclass(frozen=True)
class Solution:
    """Values of some numbers, and how far the answers still are apart, in their own size."""

    values: dict[str, float]
    left: float

    @property
    def exact(self) -> bool:
        """Whether nothing but rounding is left."""
        return self.left <= EXACT


def apart(one: Array, other: Array) -> float:
    """Return how far two answers are apart, each number in the size that it has at most.

    >>> apart(np.array([1.0, 2.0]), np.array([1.0, 2.5]))
    0.25
    """
    return float(np.max(np.abs(_residual(one, other))))


def _residual(one: Array, other: Array) -> Array:
    if one.shape != other.shape:
        return np.array([np.inf])
    size = np.max(np.abs(one), axis=0) if one.ndim > 1 else np.max(np.abs(one))
    with np.errstate(all="ignore"):
        off = np.where(one == other, 0.0, (other - one) / np.where(size > 0, size, 1.0))
    both_nan = np.isnan(one) & np.isnan(other)
    return np.nan_to_num(
        np.where(both_nan, 0.0, off), nan=NEVER, posinf=NEVER, neginf=-NEVER
    ).ravel()


def solve(
    target: Array, model: Model, names: Sequence[str], start: Values, question: Question
) -> Solution:
    """Solve for the numbers of some names; the others stay as they are at the start."""
    row = CONTRACT[model.formula]
    ways = [_way(row.parameter(name).domain) for name in names]

    def values(x: Array) -> dict[str, float]:
        return {**start, **{n: out(v) for n, (_, out), v in zip(names, ways, x, strict=True)}}

    def off(x: Array) -> Array:
        return _residual(target, model(values(x), question))

    x = np.array([into(start[name]) for name, (into, _) in zip(names, ways, strict=True)])
    now, damping = off(x), 1e-3
    if now.size == 1 and now[0] >= NEVER:
        return Solution(values(x), np.inf)
    for _ in range(ROUNDS):
        slopes = np.array([off(x + h) - off(x - h) for h in NUDGE * np.eye(x.size)]).T / (2 * NUDGE)
        if slopes.ndim != 2 or slopes.shape[0] != now.size:
            break
        normal = slopes.T @ slopes
        step = np.linalg.lstsq(
            normal + damping * np.diag(np.diag(normal) + 1e-30), -slopes.T @ now, rcond=None
        )[0]
        new = off(x + np.clip(step, -3, 3))
        if new.shape == now.shape and new @ new < now @ now:
            small = float(np.max(np.abs(step))) < 1e-14
            x, now, damping = x + np.clip(step, -3, 3), new, damping / 10
            if small:
                break
        elif damping > 1e8:
            break
        else:
            damping *= 10
    return Solution(values(x), float(np.max(np.abs(now))))


def _way(domain: tuple[float, float]) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Return how a number of a domain becomes one without bounds, and back."""
    if domain[1] <= 1:
        return (
            lambda p: float(np.log(p / (1 - p))) if 0 < p < 1 else -30.0,
            lambda x: float(1 / (1 + np.exp(-x))),
        )
    return lambda p: float(np.log(max(p, 1e-300))), lambda x: float(np.exp(x))

"""What Adadelta must do: step by what it has stepped before, whatever the rate makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

rhos = dyadic(0, 48, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class RateRemembered(reference.Adadelta):
    """Averages what the weights moved by, the rate included."""

    def step(self, w: Any, grad: Any) -> Any:
        before = 0.0 if self.d is None else self.d
        moved = super().step(w, grad)
        self.d = self.rho * before + (1 - self.rho) * (w - moved) ** 2
        return moved


class EpsilonOutside(reference.Adadelta):
    """Adds ε to the roots."""

    def step(self, w: Any, grad: Any) -> Any:
        above = np.sqrt(0.0 if self.d is None else self.d) + self.epsilon
        super().step(w, grad)
        below = np.sqrt(self.s) + self.epsilon  # type: ignore[arg-type]  # it is there by now
        return w - self.lr * grad * above / below


class ForgetsItsMoves(reference.Adadelta):
    """Steps by the gradient's share alone."""

    def step(self, w: Any, grad: Any) -> Any:
        self.d = None
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(steps=1), rho=rhos, lr=rates(), epsilon=dyadic(1, 64, 64))
@rejects(Adadelta=EpsilonOutside)
def adadelta_s_first_step_is_small_where_epsilon_is(
    Adadelta: Optimizer, run: tuple[Array, Array], rho: float, lr: float, epsilon: float
) -> None:
    w, g = run
    path = Adadelta.trajectory(w, g, lr=lr, rho=rho, epsilon=epsilon)
    expected = w - lr * g * np.sqrt(epsilon / ((1 - rho) * g**2 + epsilon))
    agree(path, expected, "rounding", Adadelta.dtype, scale=8 + lr * 8)


@drawn(g=grid((6, 2), -64, 64, 8), rho=rhos, lr=rates())
@rejects(Adadelta=RateRemembered)
def the_way_that_it_goes_is_as_long_as_the_rate(
    Adadelta: Optimizer, g: Array, rho: float, lr: float
) -> None:
    # No step hangs on the rate of those before: η = 2 goes 2/η times as far.
    hyper: Any = {"rho": rho, "epsilon": 0.25}
    here = Adadelta.trajectory(np.zeros(2), g, lr=lr, **hyper)
    there = Adadelta.trajectory(np.zeros(2), g, lr=2.0, **hyper)
    agree(lr * there, 2 * here, "trajectory", Adadelta.dtype, scale=64 * lr)


@drawn(g=grid((6, 2), 1, 64, 8), epsilon=dyadic(1, 64, 64))
@rejects(Adadelta=ForgetsItsMoves)
@rejects(Adadelta=EpsilonOutside)
def without_an_average_each_step_follows_from_the_one_before(
    Adadelta: Optimizer, g: Array, epsilon: float
) -> None:
    # With ρ = 0: Δ² (g² + ε) = g² (Δ₀² + ε), Δ₀ the step before.
    path = Adadelta.trajectory(np.zeros(2), g, lr=1.0, rho=0.0, epsilon=epsilon)
    steps = np.diff(path, axis=0, prepend=np.zeros((1, 2)))
    before = np.concatenate([np.zeros((1, 2)), steps[:-1]])
    left, right = steps**2 * (g**2 + epsilon), g**2 * (before**2 + epsilon)
    scale = (1 + np.max(abs(path))) * np.max(abs(steps)) * (np.max(g) ** 2 + 1)
    agree(left, right, "trajectory", Adadelta.dtype, scale=scale)

"""What Nesterov's momentum must do: plain momentum's path, seen from one look-ahead further on."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

momenta = dyadic(0, 48, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class AlwaysNineTenths(reference.Nesterov):
    """Has 0.9 written into the step."""

    def __init__(self, lr: float, momentum: float) -> None:
        del momentum
        super().__init__(lr, 0.9)


class RateOutside:
    """Keeps the bare gradients in the velocity, so that a new rate acts on old ones, too."""

    def __init__(self, lr: float, momentum: float) -> None:
        self.lr, self.momentum, self.velocity = lr, momentum, 0.0

    def step(self, w: Any, grad: Any) -> Any:
        self.velocity = self.momentum * self.velocity + grad
        return w - self.lr * (grad + self.momentum * self.velocity)


class Clipped(reference.Nesterov):
    """Cuts off every gradient at ±1."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, np.clip(grad, -1, 1))


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(), lr=rates())
@rejects(Nesterov=AlwaysNineTenths)
def nesterov_without_momentum_is_gradient_descent(
    Nesterov: Optimizer, run: tuple[Array, Array], lr: float
) -> None:
    w, g = run
    path = Nesterov.trajectory(w, g, lr=lr, momentum=0.0)
    expected = w - lr * np.cumsum(g, axis=0)
    agree(path, expected, "trajectory", Nesterov.dtype, scale=8 + 8 * lr * len(g))


@drawn(run=descents(), momentum=momenta, lrs=st.lists(rates(), min_size=8, max_size=8))
@rejects(Nesterov=reference.SGDMomentum)
@rejects(Nesterov=RateOutside)
def it_is_where_plain_momentum_is_about_to_go(
    Nesterov: Optimizer, run: tuple[Array, Array], momentum: float, lrs: list[float]
) -> None:
    # Under the same gradients plain momentum goes x ← x + v; Nesterov's weights are x + μ v.
    w, g = run
    path = Nesterov.trajectory(w, g, lrs[: len(g)], momentum=momentum)
    x, v, expected = w, 0 * w, []
    for gradient, lr in zip(g, lrs, strict=False):
        v = momentum * v - lr * gradient
        x = x + v
        expected.append(x + momentum * v)
    agree(path, expected, "trajectory", Nesterov.dtype, scale=8 + 64 * len(g))


@drawn(g=dyadic(-64, 64, 8), momentum=momenta, lr=rates(), steps=st.integers(1, 8))
@rejects(Nesterov=reference.SGDMomentum)
def an_impulse_is_followed_by_a_geometric_series(
    Nesterov: Optimizer, g: float, momentum: float, lr: float, steps: int
) -> None:
    # After one gradient and none thereafter: −ηg (1 + μ + … + μᵗ), one term more than plainly.
    gradients = np.array([g] + [0.0] * (steps - 1))
    path = Nesterov.trajectory(0.0, gradients, lr=lr, momentum=momentum)
    expected = -lr * g * np.cumsum(momentum ** np.arange(steps + 1))[1:]
    agree(path, expected, "trajectory", Nesterov.dtype, scale=4 * lr * abs(g))


@drawn(g=grid((5, 2), -64, 64, 8), h=grid((5, 2), -64, 64, 8), momentum=momenta)
@rejects(Nesterov=Clipped)
def steps_of_a_sum_of_gradients_add_up(
    Nesterov: Optimizer, g: Array, h: Array, momentum: float
) -> None:
    hyper: Any = {"lr": 0.25, "momentum": momentum}
    both, one, other = (Nesterov.trajectory(np.zeros(2), its, **hyper) for its in (g + h, g, h))
    agree(both, one + other, "trajectory", Nesterov.dtype, scale=64)

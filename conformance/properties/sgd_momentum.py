"""What gradient descent with momentum must do: v ← γ v + η g, w ← w − v."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, rates
from gradmark.conformance.properties.theorem import drawn, rejects

momenta = dyadic(0, 60, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class Clips(reference.SGDMomentum):
    """Clips the gradient's norm to one, unasked."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad / max(1.0, float(np.linalg.norm(grad))))


class Averages(reference.SGDMomentum):
    """Takes the mean of the past gradients for their sum: η (1 − γ) in place of η."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, (1 - self.momentum) * grad)


class TakesZeroForUnset(reference.SGDMomentum):
    """Spells the default as `momentum or 0.9`."""

    def __init__(self, lr: float, momentum: float) -> None:
        super().__init__(lr, momentum or 0.9)


class RateOutsideVelocity(reference.SGDMomentum):
    """Multiplies the whole velocity by the newest learning rate."""

    def step(self, w: Any, grad: Any) -> Any:
        lr, self.lr = self.lr, 1.0
        moved = super().step(0 * w, grad)
        self.lr = lr
        return w + lr * moved


class LagsBehind(reference.SGDMomentum):
    """Moves by the velocity of the step before."""

    def step(self, w: Any, grad: Any) -> Any:
        before = 0 * w if self.velocity is None else self.velocity
        super().step(w, grad)
        return w - before


class Brakes(reference.SGDMomentum):
    """Subtracts the memory of the velocity: −γ in place of γ."""

    def step(self, w: Any, grad: Any) -> Any:
        if self.velocity is not None:
            self.velocity = -self.velocity
        return super().step(w, grad)


class Decays(reference.SGDMomentum):
    """Has a weight decay that nobody asked for."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad + 1e-2 * w)


# --- theorems -------------------------------------------------------------------------------------


def _memory(momentum: float, steps: int) -> Array:
    """The matrix γ^(t−i), i ≤ t: how much of gradient i is left in the velocity of step t."""
    age = np.subtract.outer(np.arange(steps), np.arange(steps))
    return np.tril(momentum ** np.maximum(age, 0))


@drawn(run=descents(), momentum=momenta, draw=st.data())
@rejects(SGDMomentum=LagsBehind)
@rejects(SGDMomentum=RateOutsideVelocity)
def a_gradient_is_weighed_by_the_rate_of_its_own_step_and_fades_by_the_momentum(
    SGDMomentum: Optimizer, run: tuple[Array, Array], momentum: float, draw: st.DataObject
) -> None:
    # vₜ = Σᵢ γ^(t−i) ηᵢ gᵢ: a rate that changes later leaves it alone.
    w, g = run
    lrs = draw.draw(st.lists(rates(), min_size=len(g), max_size=len(g)), label="rates")
    path = SGDMomentum.trajectory(w, g, lrs, momentum=momentum)
    # The sum of the velocities up to t weighs gradient i by 1 + γ + … + γ^(t−i).
    weights = np.cumsum(_memory(momentum, len(g)), axis=0) * lrs
    travelled = np.tensordot(weights, g, axes=1)
    scale = abs(w) + np.tensordot(weights, abs(g), axes=1)
    agree(path, w - travelled, "trajectory", SGDMomentum.dtype, scale=scale)


@drawn(g=dyadic(1, 64, 8), momentum=momenta, lr=rates())
@rejects(SGDMomentum=Averages)
@rejects(SGDMomentum=Brakes)
def a_constant_gradient_leads_to_the_terminal_velocity(
    SGDMomentum: Optimizer, g: float, momentum: float, lr: float
) -> None:
    # vₜ = η g (1 − γᵗ)/(1 − γ): short of the terminal velocity η g/(1 − γ) by γᵗ of it.
    steps = 32
    path = SGDMomentum.trajectory(0.0, np.full(steps, g), lr=lr, momentum=momentum)
    speed = -np.diff(path, prepend=0.0)
    terminal = lr * g / (1 - momentum)
    missing = momentum ** np.arange(1, steps + 1)
    agree(speed, terminal * (1 - missing), "rounding", SGDMomentum.dtype, scale=steps * terminal)


@drawn(run=descents(), a=st.integers(-4, 4), momentum=momenta, lr=rates())
@rejects(SGDMomentum=Clips)
def the_path_is_linear_in_the_gradients(
    SGDMomentum: Optimizer, run: tuple[Array, Array], a: int, momentum: float, lr: float
) -> None:
    _, g = run
    h, origin = g[::-1], np.zeros_like(run[0])
    hyper: Any = {"lr": lr, "momentum": momentum}
    both = SGDMomentum.trajectory(origin, a * g + h, **hyper)
    apart = a * SGDMomentum.trajectory(origin, g, **hyper) + SGDMomentum.trajectory(
        origin, h, **hyper
    )
    scale = lr * np.sum(abs(a * g) + abs(h), axis=0) / (1 - momentum)
    agree(both, apart, "trajectory", SGDMomentum.dtype, scale=scale)


@drawn(run=descents(), lr=rates())
@rejects(SGDMomentum=TakesZeroForUnset)
def without_momentum_it_is_plain_gradient_descent(
    SGDMomentum: Optimizer, SGD: Optimizer, run: tuple[Array, Array], lr: float
) -> None:
    w, g = run
    path = SGDMomentum.trajectory(w, g, lr=lr, momentum=0.0)
    scale = abs(w) + lr * np.sum(abs(g), axis=0)
    agree(path, SGD.trajectory(w, g, lr=lr), "trajectory", SGDMomentum.dtype, scale=scale)


@drawn(w=dyadic(-512, 512, 64), momentum=momenta, lr=rates(), steps=st.integers(1, 8))
@rejects(SGDMomentum=Decays)
def a_zero_gradient_from_rest_leaves_the_weights(
    SGDMomentum: Optimizer, w: float, momentum: float, lr: float, steps: int
) -> None:
    path = SGDMomentum.trajectory(w, np.zeros(steps), lr=lr, momentum=momentum)
    agree(path, np.full(steps, w), "exact", SGDMomentum.dtype)

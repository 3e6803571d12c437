"""What RAdam must do: wait with plain steps, and rise from short adaptive ones to Adam's."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

# Of β₂ = ¾, ρ∞ is 7, and ρ passes 4 with the sixth step.
PLAIN = 5
usual: Any = {"beta1": 0.5, "beta2": 0.75}

# --- plausible mistakes ---------------------------------------------------------------------------


class NeverWaits(reference.RAdam):
    """Takes Adam's step from the first on."""

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        m, v = self.unbiased(self.m, self.v)  # type: ignore[arg-type]  # they are there by now
        return w - self.lr * m / (np.sqrt(v) + self.epsilon)


class WaitsLonger(reference.RAdam):
    """Takes a plain step until the tenth."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        m, _ = self.unbiased(self.m, self.v)  # type: ignore[arg-type]  # they are there by now
        return w - self.lr * m if self.t < 10 else moved


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(steps=PLAIN), lr=rates(), epsilon=dyadic(1, 64, 64))
@rejects(RAdam=NeverWaits)
@rejects(RAdam=reference.Adam)
def radam_begins_with_steps_of_plain_momentum(
    RAdam: Optimizer, run: tuple[Array, Array], lr: float, epsilon: float
) -> None:
    # The steps η m̂ add up in the gradients: nothing divides them, and no ε is heard of.
    w, g = run
    path = RAdam.trajectory(w, g, lr=lr, epsilon=epsilon, **usual)
    t = np.arange(1, len(g) + 1)
    weights = np.tril(0.5 ** (t[:, None] - t + 1.0)) / (1 - 0.5 ** t[:, None])
    m_hat = np.tensordot(weights, g, axes=1)
    expected = w - lr * np.cumsum(m_hat, axis=0)
    agree(path, expected, "trajectory", RAdam.dtype, scale=8 + 8 * lr * len(g))


@drawn(g=dyadic(1, 512, 64), lr=rates(), steps=st.integers(PLAIN + 2, PLAIN + 10))
@rejects(RAdam=NeverWaits)
@rejects(RAdam=WaitsLonger)
def then_its_steps_rise_towards_the_rate(RAdam: Optimizer, g: float, lr: float, steps: int) -> None:
    # Under one gradient m̂ = g and v̂ = g², so that an adaptive step is η r: r grows, below 1.
    path = RAdam.trajectory(0.0, np.full(steps, g), lr=lr, epsilon=0.0, **usual)
    moved = -np.diff(path, prepend=0.0)
    agree(moved[:PLAIN], np.full(PLAIN, lr * g), "trajectory", RAdam.dtype, scale=8 * lr * g)
    scale = lr + 5 * lr * g  # what the weights have grown to
    slack = np.full(steps - PLAIN, 0.0)
    agree(np.minimum(np.diff(moved[PLAIN:]), 0), slack[1:], "trajectory", RAdam.dtype, scale=scale)
    agree(np.maximum(moved[PLAIN:] - lr * 0.95, 0), slack, "trajectory", RAdam.dtype, scale=scale)


@drawn(g=grid((9, 2), 1, 64, 8), power=st.integers(0, 4))
@rejects(RAdam=NeverWaits)
@rejects(RAdam=WaitsLonger)
def its_plain_steps_see_the_gradients_scale_and_the_others_do_not(
    RAdam: Optimizer, g: Array, power: int
) -> None:
    hyper: Any = {"lr": 0.25, "epsilon": 0.0, **usual}
    here = np.diff(RAdam.trajectory(np.zeros(2), g, **hyper), axis=0)
    there = np.diff(RAdam.trajectory(np.zeros(2), 2.0**power * g, **hyper), axis=0)
    plain = PLAIN - 1
    scale = 16 * 2.0**power
    agree(there[:plain], 2.0**power * here[:plain], "trajectory", RAdam.dtype, scale=scale)
    agree(there[plain:], here[plain:], "trajectory", RAdam.dtype, scale=scale)

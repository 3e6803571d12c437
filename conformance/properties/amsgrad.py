"""What AMSGrad must do: divide by the greatest second moment so far, and correct no bias."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree, tolerance
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

betas = dyadic(0, 48, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class ForgetsTheGreatest(reference.AMSGrad):
    """Divides by the moment as it is."""

    def step(self, w: Any, grad: Any) -> Any:
        self.v_hat = None
        return super().step(w, grad)


class WritesOverTheMoment(reference.AMSGrad):
    """Keeps v and its maximum in one array."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        self.v = self.v_hat
        return moved


class FirstMomentForgotten(reference.AMSGrad):
    """Divides the gradient, not its average."""

    def step(self, w: Any, grad: Any) -> Any:
        self.m = None
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


@drawn(g=grid((6, 2), 1, 64, 8), beta2=betas)
@rejects(AMSGrad=ForgetsTheGreatest)
@rejects(AMSGrad=reference.Adam)
def no_step_is_longer_for_its_gradient_than_the_one_before(
    AMSGrad: Optimizer, g: Array, beta2: float
) -> None:
    # Without a first moment the step is η g / (√v̂ + ε), and v̂ never falls.
    hyper: Any = {"lr": 1.0, "beta1": 0.0, "beta2": beta2, "epsilon": 0.25}
    path = AMSGrad.trajectory(np.zeros(2), g, **hyper)
    rates_had = -np.diff(path, axis=0, prepend=0.0) / g
    slack = tolerance("trajectory", AMSGrad.dtype, 64 / g.min())
    assert np.all(np.diff(rates_had, axis=0) <= slack), "a rate that grows again"


@drawn(g=dyadic(1, 512, 64), beta1=betas, beta2=betas, lr=rates(), steps=st.integers(1, 8))
@rejects(AMSGrad=reference.Adam)
@rejects(AMSGrad=FirstMomentForgotten)
def one_gradient_again_and_again_is_averaged_from_zero(
    AMSGrad: Optimizer, g: float, beta1: float, beta2: float, lr: float, steps: int
) -> None:
    # m = (1 − β₁ᵗ) g, and v̂ = v = (1 − β₂ᵗ) g², which only grows.
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": beta2, "epsilon": 0.25}
    path = AMSGrad.trajectory(0.0, np.full(steps, g), **hyper)
    t = np.arange(1, steps + 1)
    expected = -lr * np.cumsum((1 - beta1**t) * g / (np.sqrt(1 - beta2**t) * g + 0.25))
    agree(path, expected, "trajectory", AMSGrad.dtype, scale=4 * lr * steps)


@drawn(g=dyadic(1, 512, 64), beta1=betas, beta2=betas, lr=rates(), rests=st.integers(1, 7))
@rejects(AMSGrad=ForgetsTheGreatest)
@rejects(AMSGrad=WritesOverTheMoment)
def between_two_gradients_steps_fade_as_the_first_moment_does(
    AMSGrad: Optimizer, g: float, beta1: float, beta2: float, lr: float, rests: int
) -> None:
    # Without a gradient v̂ stays at (1 − β₂) g², and m falls by β₁ a step; v falls by β₂ beneath,
    # so that the second gradient finds (1 − β₂)(1 + β₂ⁿ) g².
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": beta2, "epsilon": 0.0}
    path = AMSGrad.trajectory(0.0, np.array([g] + [0.0] * rests + [g]), **hyper)
    first, n = (1 - beta1) / np.sqrt(1 - beta2), rests + 1
    fading = list(first * beta1 ** np.arange(n))
    last = first * (1 + beta1**n) / np.sqrt(1 + beta2**n)
    expected = -lr * np.cumsum([*fading, last])
    agree(path, expected, "trajectory", AMSGrad.dtype, scale=4 * lr)

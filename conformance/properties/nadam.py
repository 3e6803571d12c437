"""What NAdam must do: Adam's step, a little further along the way that the gradient points."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

betas = dyadic(0, 48, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class CorrectedAlike(reference.NAdam):
    """Divides moment and gradient by the same 1 − β₁ᵗ."""

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        m, v = self.unbiased(self.m, self.v)  # type: ignore[arg-type]  # they are there by now
        ahead = self.beta1 * m + (1 - self.beta1) * grad / (1 - self.beta1**self.t)
        return w - self.lr * ahead / (np.sqrt(v) + self.epsilon)


class NoRoot(reference.NAdam):
    """Divides by v̂ + ε."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = w - super().step(w, grad)
        _, v = self.unbiased(self.m, self.v)  # type: ignore[arg-type]  # they are there by now
        return w - moved * (np.sqrt(v) + self.epsilon) / (v + self.epsilon)


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(steps=1), beta1=betas, beta2=betas, lr=rates())
@rejects(NAdam=reference.Adam)
@rejects(NAdam=CorrectedAlike)
def nadam_s_first_step_is_longer_than_adam_s_by_the_look_ahead(
    NAdam: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, lr: float
) -> None:
    # m = (1 − β₁) g, so that m̂ = g + β₁ g / (1 + β₁), whatever β₂ is.
    w, g = run
    path = NAdam.trajectory(w, g, lr=lr, beta1=beta1, beta2=beta2, epsilon=2.0**-8)
    expected = w - lr * (1 + beta1 / (1 + beta1)) * g / (abs(g) + 2.0**-8)
    agree(path, expected, "rounding", NAdam.dtype, scale=8 + 4 * lr / (1 - beta2))


@drawn(g=dyadic(1, 512, 64), beta1=betas, beta2=betas, lr=rates(), steps=st.integers(1, 8))
@rejects(NAdam=reference.Adam)
@rejects(NAdam=CorrectedAlike)
def under_one_gradient_the_look_ahead_fades(
    NAdam: Optimizer, g: float, beta1: float, beta2: float, lr: float, steps: int
) -> None:
    # m = (1 − β₁ᵗ) g and v̂ = g²: the steps fall from η (1 + β₁ / (1 + β₁)) to η.
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": beta2, "epsilon": 0.0}
    path = NAdam.trajectory(0.0, np.full(steps, g), **hyper)
    t = np.arange(1, steps + 1)
    moment = beta1 * (1 - beta1**t) / (1 - beta1 ** (t + 1))
    expected = -lr * np.cumsum(moment + (1 - beta1) / (1 - beta1**t))
    agree(path, expected, "trajectory", NAdam.dtype, scale=lr * steps)


@drawn(g=grid((5, 2), 1, 64, 8), power=st.integers(-6, 6))
@rejects(NAdam=NoRoot)
def nadam_sees_no_scale_of_the_gradients(NAdam: Optimizer, g: Array, power: int) -> None:
    hyper: Any = {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "epsilon": 0.0}
    here = NAdam.trajectory(np.zeros(2), g, **hyper)
    there = NAdam.trajectory(np.zeros(2), 2.0**power * g, **hyper)
    agree(there, here, "trajectory", NAdam.dtype)

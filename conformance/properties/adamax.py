"""What Adamax must do: measure by the greatest gradient, and let it fade."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, rates
from gradmark.conformance.properties.theorem import drawn, rejects

betas = dyadic(0, 48, 64)

# --- plausible mistakes ---------------------------------------------------------------------------


class EpsilonRemembered(reference.Adamax):
    """Adds ε to the gradient's size."""

    def step(self, w: Any, grad: Any) -> Any:
        epsilon, self.epsilon = self.epsilon, 0.0
        super().step(w, grad)
        self.epsilon = epsilon
        self.u = np.maximum(self.u, abs(grad) + epsilon)  # type: ignore[arg-type]  # it is there
        return w - self.lr * self.m / (1 - self.beta1**self.t) / self.u  # type: ignore[operator]


class NeverFades(reference.Adamax):
    """Keeps its greatest gradient for ever."""

    def step(self, w: Any, grad: Any) -> Any:
        beta2, self.beta2 = self.beta2, 1.0
        moved = super().step(w, grad)
        self.beta2 = beta2
        return moved


class Uncorrected(reference.Adamax):
    """Uses m as it is."""

    def step(self, w: Any, grad: Any) -> Any:
        self.t = 10**9
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(steps=1), beta1=betas, beta2=betas, lr=rates())
@rejects(Adamax=Uncorrected)
def adamax_s_first_step_is_the_rate_whatever_the_betas(
    Adamax: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, lr: float
) -> None:
    w, g = run
    path = Adamax.trajectory(w, g, lr=lr, beta1=beta1, beta2=beta2, epsilon=0.25)
    expected = w - lr * g / (abs(g) + 0.25)
    agree(path, expected, "rounding", Adamax.dtype, scale=8 + lr / (1 - beta1))


@drawn(g=dyadic(1, 512, 64), beta1=betas, lr=rates(), steps=st.integers(2, 8))
@rejects(Adamax=NeverFades)
@rejects(Adamax=EpsilonRemembered)
@rejects(Adamax=reference.Adam)
def after_one_gradient_both_averages_fade(
    Adamax: Optimizer, g: float, beta1: float, lr: float, steps: int
) -> None:
    # m = β₁ᵏ (1 − β₁) g and u = β₂ᵏ |g|, k steps after it; ε does not fade.
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": 0.75, "epsilon": 0.25}
    path = Adamax.trajectory(0.0, np.array([g] + [0.0] * (steps - 1)), **hyper)
    k = np.arange(steps)
    m_hat = (1 - beta1) / (1 - beta1 ** (k + 1)) * beta1**k * g
    expected = -lr * np.cumsum(m_hat / (0.75**k * g + 0.25))
    agree(path, expected, "trajectory", Adamax.dtype, scale=4 * lr * steps)


@drawn(g=dyadic(8, 512, 64), lr=rates(), epsilon=dyadic(1, 64, 64), steps=st.integers(1, 6))
@rejects(Adamax=NeverFades)
def of_gradients_that_halve_the_last_counts_where_beta2_is_less(
    Adamax: Optimizer, g: float, lr: float, epsilon: float, steps: int
) -> None:
    # With β₁ = 0 and β₂ = ¼ the maximum is each gradient itself, and ε is not remembered.
    sizes = g * 0.5 ** np.arange(steps)
    hyper: Any = {"lr": lr, "beta1": 0.0, "beta2": 0.25, "epsilon": epsilon}
    path = Adamax.trajectory(0.0, sizes, **hyper)
    expected = -lr * np.cumsum(sizes / (sizes + epsilon))
    agree(path, expected, "trajectory", Adamax.dtype, scale=lr * steps)

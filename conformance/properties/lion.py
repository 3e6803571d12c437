"""What Lion must do: move every weight by the rate, whichever way an average points."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

usual: Any = {"beta1": 0.5, "beta2": 0.75}
odd = grid((6, 2), -64, 63, 8).map(lambda g: g + 1 / 16)  # no entry is zero

# --- plausible mistakes ---------------------------------------------------------------------------


class NoSign(reference.Lion):
    """Steps by the mixture itself."""

    def step(self, w: Any, grad: Any) -> Any:
        m = 0.0 if self.m is None else self.m
        super().step(w, grad)
        return w - self.lr * (self.beta1 * m + (1 - self.beta1) * grad)


class CoupledL2(reference.Lion):
    """Adds λ w to the gradient, before the sign."""

    def step(self, w: Any, grad: Any) -> Any:
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = super().step(w, grad + decay * w)
        self.weight_decay = decay
        return moved


class RemembersFirst(reference.Lion):
    """Takes the sign of the new average."""

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        m: Any = self.m
        return w - self.lr * np.sign(m)


class ForgetsTheRate(reference.Lion):
    """Decays by λ w, whatever the rate is."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad) - (1 - self.lr) * self.weight_decay * w


# --- theorems -------------------------------------------------------------------------------------


@drawn(g=odd, lr=rates())
@rejects(Lion=NoSign)
def lion_s_first_step_is_the_rate_in_every_entry(Lion: Optimizer, g: Array, lr: float) -> None:
    path = Lion.trajectory(np.zeros(2), g[:1], lr=lr, weight_decay=0.0, **usual)
    agree(path[0], -lr * np.sign(g[0]), "exact", Lion.dtype, scale=lr)


@drawn(g=grid((6, 2), -64, 64, 8), power=st.integers(-6, 6))
@rejects(Lion=NoSign)
def gradients_of_another_scale_move_lion_alike(Lion: Optimizer, g: Array, power: int) -> None:
    hyper: Any = {"lr": 0.25, "weight_decay": 0.25, **usual}
    here = Lion.trajectory(np.ones(2), g, **hyper)
    there = Lion.trajectory(np.ones(2), 2.0**power * g, **hyper)
    agree(there, here, "exact", Lion.dtype)


@drawn(g=odd, lr=rates(), decay=dyadic(1, 32, 64))
@rejects(Lion=CoupledL2)
@rejects(Lion=ForgetsTheRate)
def the_decay_turns_no_step_of_lion(Lion: Optimizer, g: Array, lr: float, decay: float) -> None:
    # The signs hang on the gradients alone: two starts approach each other by 1 − ηλ a step.
    hyper: Any = {"lr": lr, "weight_decay": decay, **usual}
    here, there = (Lion.trajectory(np.full(2, at), g, **hyper) for at in (-64.0, 64.0))
    expected = 128 * (1 - lr * decay) ** np.arange(1, 7)[:, None] * np.ones(2)
    agree(there - here, expected, "trajectory", Lion.dtype, scale=128)


@drawn(g=dyadic(1, 64, 8), share=st.sampled_from((0.125, 0.2, 0.3, 0.375)))
@rejects(Lion=RemembersFirst)
def the_old_average_is_outvoted_by_a_gradient_that_is_large_enough(
    Lion: Optimizer, g: float, share: float
) -> None:
    # m = (1 − β₂) g = g/4: a gradient −k g turns the step where (1 − β₁) k > β₁/4, that is k > ¼.
    path = Lion.trajectory(0.0, np.array([g, -share * g]), lr=1.0, weight_decay=0.0, **usual)
    agree(path[1], 0.0 if share > 0.25 else -2.0, "exact", Lion.dtype, scale=2)

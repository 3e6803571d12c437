"""What AdamW must do: Adam's step, and beside it a decay of η λ w that the moments never see."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.optimizers import (
    keep_apart,
    last_wins,
    look_but_not_touch,
    moving_weights,
    scaling_gradients,
    single,
    walks,
)
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

weights = dyadic(-512, 512, 64)
decays = dyadic(0, 32, 64)
betas = dyadic(0, 48, 64)
usual: Any = {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-4}

# --- plausible mistakes ---------------------------------------------------------------------------


class CoupledL2(reference.AdamW):
    """Adds λ w to the gradient, as Adam with an L2 term does."""

    def step(self, w: Any, grad: Any) -> Any:
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = super().step(w, grad + decay * w)
        self.weight_decay = decay
        return moved


class DecaysAfterwards(reference.AdamW):
    """Moves the weights, and decays what it has moved."""

    def step(self, w: Any, grad: Any) -> Any:
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = super().step(w, grad)
        self.weight_decay = decay
        return moved - self.lr * decay * moved


class ForgetsTheRate(reference.AdamW):
    """Subtracts λ w, whatever the rate is."""

    def step(self, w: Any, grad: Any) -> Any:
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = super().step(w, grad)
        self.weight_decay = decay
        return moved - decay * w


class KeepsItsFirstRate(reference.AdamW):
    """Decays by the rate that it was made with, for good."""

    def __init__(self, **hyper: float) -> None:
        super().__init__(**hyper)
        self._kept = self.lr

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad) + (self.lr - self._kept) * self.weight_decay * w


class NeverDecays(reference.AdamW):
    """Is Adam."""

    def step(self, w: Any, grad: Any) -> Any:
        self.weight_decay = 0.0
        return super().step(w, grad)


class DecaysAnyway(reference.AdamW):
    """Has a decay of its own beside the one it was asked for."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad) - 1e-2 * self.lr * w


class Uncorrected(reference.AdamW):
    """Uses m and v as they are: as if infinitely many steps lay behind it."""

    def step(self, w: Any, grad: Any) -> Any:
        self.t = 10**9
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


@drawn(w=weights, decay=decays, lr=rates(), steps=st.integers(1, 8))
@rejects(AdamW=NeverDecays)
@rejects(AdamW=ForgetsTheRate)
@rejects(AdamW=CoupledL2)
def without_a_gradient_weights_shrink_by_one_factor_a_step(
    AdamW: Optimizer, w: float, decay: float, lr: float, steps: int
) -> None:
    # m = v = 0, so that w ← (1 − η λ) w, as often as there are steps.
    path = AdamW.trajectory(w, np.zeros(steps), lr=lr, weight_decay=decay, **usual)
    expected = w * (1 - lr * decay) ** np.arange(1, steps + 1)
    agree(path, expected, "rounding", AdamW.dtype, scale=abs(w))


@drawn(run=descents(), beta1=betas, beta2=betas, lr=rates())
@rejects(AdamW=DecaysAnyway)
@rejects(AdamW=Uncorrected)
def without_decay_its_first_step_is_adam_s(
    AdamW: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, lr: float
) -> None:
    # With λ = 0 the first step is η g/(|g| + ε), whatever the betas and the weights.
    w, g = run[0], run[1][:1]
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": beta2, "epsilon": 1e-4, "weight_decay": 0.0}
    path = AdamW.trajectory(w, g, **hyper)
    expected = w - lr * g / (abs(g) + 1e-4)
    scale = abs(w) + lr * (1 / (1 - beta1) + 1 / (1 - beta2))
    agree(path, expected, "rounding", AdamW.dtype, scale=scale)


@drawn(run=descents(), decay=dyadic(1, 32, 64), lr=rates())
@rejects(AdamW=CoupledL2)
@rejects(AdamW=ForgetsTheRate)
def the_decay_changes_no_step_of_the_moments(
    AdamW: Optimizer, run: tuple[Array, Array], decay: float, lr: float
) -> None:
    # w ← (1 − ηλ) w − ηs, where s hangs on the gradients alone: two starts stay on one straight
    # line through every step, and their distance shrinks by 1 − ηλ.
    w, g = run
    here = AdamW.trajectory(w, g, lr=lr, weight_decay=decay, **usual)
    there = AdamW.trajectory(w + 1.0, g, lr=lr, weight_decay=decay, **usual)
    steps = np.arange(1, len(g) + 1).reshape(-1, *[1] * w.ndim)
    expected = (1 - lr * decay) ** steps * np.ones_like(here)
    scale = np.max(abs(w), initial=1.0) + 2 * lr * len(g)
    agree(there - here, expected, "trajectory", AdamW.dtype, scale=scale)


@drawn(g=grid((4, 2), -64, 64, 8), decay=dyadic(1, 32, 64), lr=rates())
@rejects(AdamW=DecaysAfterwards)
@rejects(AdamW=NeverDecays)
def weights_decay_as_they_were_before_the_step(
    AdamW: Optimizer, g: Array, decay: float, lr: float
) -> None:
    # From 0, one step leaves s₁ alone: no part of it has decayed yet.
    with_decay = AdamW.trajectory(np.zeros(2), g[:1], lr=lr, weight_decay=decay, **usual)
    without = AdamW.trajectory(np.zeros(2), g[:1], lr=lr, weight_decay=0.0, **usual)
    agree(with_decay, without, "rounding", AdamW.dtype, scale=lr)
    # And from there the decay is that of what the first step has left.
    two = AdamW.trajectory(np.zeros(2), g[:2], lr=lr, weight_decay=decay, **usual)
    plain = AdamW.trajectory(np.zeros(2), g[:2], lr=lr, weight_decay=0.0, **usual)
    gone = plain[1] - two[1]
    agree(gone, lr * decay * without[0], "trajectory", AdamW.dtype, scale=4 * lr)
    steady = AdamW.trajectory(1.0, np.zeros(1), lr=lr, weight_decay=decay, **usual)
    agree(steady, [1 - lr * decay], "rounding", AdamW.dtype)


@drawn(w=dyadic(64, 512, 64), decay=dyadic(1, 32, 64))
@rejects(AdamW=KeepsItsFirstRate)
@rejects(AdamW=ForgetsTheRate)
def the_decay_follows_the_rate_that_is_set(AdamW: Optimizer, w: float, decay: float) -> None:
    lrs = [0.5, 0.125, 0.25, 0.0]
    path = AdamW.trajectory(w, np.zeros(4), lrs, weight_decay=decay, **usual)
    expected = w * np.cumprod([1 - lr * decay for lr in lrs])
    agree(path, expected, "rounding", AdamW.dtype, scale=w)


@drawn(g=walks)
@rejects(AdamW=single(reference.AdamW))
@rejects(AdamW=last_wins(reference.AdamW))
def two_adamws_share_nothing(AdamW: Optimizer, g: Array) -> None:
    mine = {"lr": 0.125, "weight_decay": 0.25, **usual}
    keep_apart(AdamW, g, mine, mine | {"lr": 0.5, "beta1": 0.75, "weight_decay": 0.0})


@drawn(g=walks)
@rejects(AdamW=moving_weights(reference.AdamW))
@rejects(AdamW=scaling_gradients(reference.AdamW))
def adamw_leaves_its_arguments_alone(AdamW: Optimizer, g: Array) -> None:
    look_but_not_touch(AdamW, g, lr=0.1, weight_decay=0.25, **usual)

"""What LARS must do: trust a layer with a step in proportion to its own length."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

layers = grid((3, 2), 1, 64, 8)
odd = grid((4, 3, 2), -64, 63, 8).map(lambda g: g + 1 / 16)  # no entry is zero

# --- plausible mistakes ---------------------------------------------------------------------------


class RatioOutside(reference.LARS):
    """Gathers bare gradients, and scales all of them by the ratio of this step."""

    def step(self, w: Any, grad: Any) -> Any:
        before = 0.0 if self.velocity is None else self.velocity
        self.velocity = None
        scaled = w - super().step(w, grad)
        pulled = grad + self.weight_decay * w
        ratio = np.linalg.norm(scaled) / np.linalg.norm(pulled)
        self.velocity = self.momentum * before + pulled
        return w - ratio * self.velocity


class TrustsNobody(reference.LARS):
    """Takes the ratio for 1: momentum."""

    def step(self, w: Any, grad: Any) -> Any:
        before = 0.0 if self.velocity is None else self.velocity
        self.velocity = self.momentum * before + self.lr * (grad + self.weight_decay * w)
        return w - self.velocity


class NeverLeavesZero(reference.LARS):
    """Takes the ratio as it is, zero norms included."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        return moved if np.any(w) else w


class DecayInTheRatioAlone(reference.LARS):
    """Knows of the decay in the ratio, and decays nothing."""

    def step(self, w: Any, grad: Any) -> Any:
        length, size = np.linalg.norm(w), np.linalg.norm(grad)
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = w - super().step(w, grad)
        self.weight_decay = decay
        return w - moved * (size / (size + decay * length))


# --- theorems -------------------------------------------------------------------------------------


@drawn(w=layers, g=odd, lr=rates(), trust=dyadic(1, 32, 64))
@rejects(LARS=TrustsNobody)
def without_decay_a_layer_s_first_step_is_its_length_times_rate_and_trust(
    LARS: Optimizer, w: Array, g: Array, lr: float, trust: float
) -> None:
    hyper: Any = {"momentum": 0.5, "trust_coefficient": trust, "weight_decay": 0.0}
    path = LARS.trajectory(w, g[:1], lr=lr, **hyper)
    length = np.linalg.norm(w)
    agree(np.linalg.norm(path[0] - w), lr * trust * length, "trajectory", LARS.dtype, scale=length)


@drawn(w=layers, g=odd, power=st.integers(-6, 6))
@rejects(LARS=TrustsNobody)
def lars_sees_no_scale_of_the_gradients(LARS: Optimizer, w: Array, g: Array, power: int) -> None:
    hyper: Any = {"momentum": 0.5, "trust_coefficient": 0.25, "weight_decay": 0.0, "lr": 0.25}
    here, there = (LARS.trajectory(w, 2.0**p * g, **hyper) for p in (0, power))
    agree(there, here, "trajectory", LARS.dtype, scale=32)


@drawn(w=layers, lr=rates(), decay=dyadic(1, 32, 64), trust=dyadic(1, 32, 64))
@rejects(LARS=DecayInTheRatioAlone)
def a_gradient_along_the_weights_is_trusted_whole(
    LARS: Optimizer, w: Array, lr: float, decay: float, trust: float
) -> None:
    # Of g = w: ρ (g + λ w) = κ ‖w‖ (1 + λ) w / ((1 + λ) ‖w‖) = κ w, whatever λ is.
    hyper: Any = {"momentum": 0.5, "trust_coefficient": trust, "weight_decay": decay}
    path = LARS.trajectory(w, w[None], lr=lr, **hyper)
    agree(path[0], (1 - lr * trust) * w, "rounding", LARS.dtype, scale=32)


@drawn(g=odd, lr=rates())
@rejects(LARS=NeverLeavesZero)
def weights_leave_zero_by_the_whole_gradient(LARS: Optimizer, g: Array, lr: float) -> None:
    hyper: Any = {"momentum": 0.5, "trust_coefficient": 0.25, "weight_decay": 0.5}
    path = LARS.trajectory(np.zeros((3, 2)), g[:1], lr=lr, **hyper)
    agree(path[0], -lr * g[0], "rounding", LARS.dtype, scale=8 * lr)


@drawn(w=layers, g=odd, momentum=dyadic(1, 48, 64))
@rejects(LARS=RatioOutside)
def what_was_gathered_keeps_the_ratio_that_it_came_with(
    LARS: Optimizer, w: Array, g: Array, momentum: float
) -> None:
    # Without a second gradient the velocity fades by μ, though the weights are others now.
    hyper: Any = {"momentum": momentum, "trust_coefficient": 0.5, "weight_decay": 0.0}
    path = LARS.trajectory(w, np.stack([g[0], 2.0**-60 * g[0]]), [0.5, 0.0], **hyper)
    first = path[0] - w
    agree(path[1] - path[0], momentum * first, "trajectory", LARS.dtype, scale=32)

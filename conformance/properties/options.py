"""What options must do: turn, pull, dampen and gather, whatever the step is."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

walks = grid((6, 2), -64, 64, 8)
shares = dyadic(1, 48, 64)
ADAM: Any = {"beta1": 0.5, "beta2": 0.75, "epsilon": 2.0**-10}
RMSPROP: Any = {"beta": 0.75, "epsilon": 2.0**-10}
START = np.array([1.0, -2.0])

# --- plausible mistakes ---------------------------------------------------------------------------


class ClimbsNothing(reference.SGD):
    """Climbs by half of what it is told."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad / 2 if self.maximize else grad)


class DampensTwice(reference.SGDMomentum):
    """Dampens the gradient, and the velocity with it."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, (1 - self.dampening) * grad)


# --- theorems -------------------------------------------------------------------------------------


def _climbs(make: Optimizer, g: Array, **hyper: Any) -> None:
    up = make.trajectory(START, g, maximize=True, **hyper)
    agree(up, make.trajectory(START, -g, **hyper), "exact", make.dtype)


@drawn(g=walks)
@rejects(SGD=ClimbsNothing)
def to_climb_is_to_descend_against_the_gradient(SGD: Optimizer, g: Array) -> None:
    _climbs(SGD, g, lr=0.25)


@drawn(g=walks)
@rejects(Adam="maximize-ignored")
def an_adam_that_climbs_descends_against_the_gradient(Adam: Optimizer, g: Array) -> None:
    _climbs(Adam, g, lr=0.25, **ADAM)


@drawn(decay=dyadic(1, 32, 64), lr=rates(), steps=st.integers(1, 8))
@rejects(SGD="decay-added")
def a_penalty_alone_shrinks_weights_by_one_factor_a_step(
    SGD: Optimizer, decay: float, lr: float, steps: int
) -> None:
    path = SGD.trajectory(START, np.zeros((steps, 2)), lr=lr, weight_decay=decay)
    expected = START * (1 - lr * decay) ** np.arange(1, steps + 1)[:, None]
    agree(path, expected, "rounding", SGD.dtype, scale=2)


@drawn(decay=dyadic(1, 32, 64), lr=rates())
@rejects(RMSprop="decoupled-decay")
def rmsprop_s_root_divides_a_penalty(RMSprop: Optimizer, decay: float, lr: float) -> None:
    # Without a gradient the first step is that of the gradient λw, of which s is (1 − β)(λw)².
    path = RMSprop.trajectory(START, np.zeros((1, 2)), lr=lr, weight_decay=decay, **RMSPROP)
    pull = decay * START
    expected = START - lr * pull / np.sqrt(0.25 * pull**2 + RMSPROP["epsilon"])
    agree(path[0], expected, "rounding", RMSprop.dtype, scale=2 + 4 * lr)


@drawn(g=walks, momentum=shares, dampening=shares)
@rejects(SGDMomentum=DampensTwice)
def dampened_momentum_is_that_of_smaller_gradients(
    SGDMomentum: Optimizer, g: Array, momentum: float, dampening: float
) -> None:
    hyper: Any = {"lr": 0.25, "momentum": momentum}
    dampened = SGDMomentum.trajectory(START, g, dampening=dampening, **hyper)
    smaller = SGDMomentum.trajectory(START, (1 - dampening) * g, **hyper)
    agree(dampened, smaller, "trajectory", SGDMomentum.dtype, scale=64)


@drawn(g=walks, momentum=shares)
@rejects(SGDMomentum="nesterov-taken-ahead")
def momentum_that_looks_ahead_is_nesterov_s_first_step(
    SGDMomentum: Optimizer, g: Array, momentum: float
) -> None:
    # v = ηg, so that the step is (1 + γ) ηg.
    path = SGDMomentum.trajectory(START, g[:1], lr=0.25, momentum=momentum, nesterov=True)
    expected = START - (1 + momentum) * 0.25 * g[0]
    agree(path[0], expected, "rounding", SGDMomentum.dtype, scale=8)


@drawn(g=dyadic(1, 64, 8), small=dyadic(1, 8, 64))
@rejects(Adam="amsgrad-ignored")
def amsgrad_remembers_its_largest_gradient(Adam: Optimizer, g: float, small: float) -> None:
    # Without a first moment, and v = (1 − β₂) g² at its greatest: what is small stays so.
    hyper: Any = {"beta1": 0.0, "beta2": 0.5, "epsilon": 2.0**-10, "amsgrad": True}
    path = Adam.trajectory(0.0, np.array([8 * g, *[small * g] * 4]), lr=1.0, **hyper)
    greatest, free = 0.5 * 64 * g * g, 1 - 0.5 ** np.arange(1, 6)
    steps = np.array([8 * g, *[small * g] * 4]) / (np.sqrt(greatest / free) + 2.0**-10)
    agree(path, -np.cumsum(steps), "rounding", Adam.dtype, scale=4)


@drawn(g=dyadic(1, 64, 8), momentum=shares)
@rejects(RMSprop="momentum-forgotten")
def rmsprop_s_momentum_goes_on_where_the_gradient_ends(
    RMSprop: Optimizer, g: float, momentum: float
) -> None:
    # u = η g / √(s + ε) first, and μu, μ²u, … while there is no gradient.
    path = RMSprop.trajectory(
        0.0, np.array([g, 0.0, 0.0, 0.0]), lr=0.25, momentum=momentum, **RMSPROP
    )
    first = 0.25 * g / np.sqrt(0.25 * g * g + RMSPROP["epsilon"])
    expected = -np.cumsum(first * momentum ** np.arange(4))
    agree(path, expected, "rounding", RMSprop.dtype, scale=2)


@drawn(g=dyadic(1, 64, 8))
@rejects(RMSprop="centered-ignored")
def centered_rmsprop_divides_by_the_deviation(RMSprop: Optimizer, g: float) -> None:
    # ḡ = (1 − β) g and s = (1 − β) g²: the variance after one step is β (1 − β) g².
    path = RMSprop.trajectory(0.0, np.array([g]), lr=0.25, centered=True, **RMSPROP)
    expected = -0.25 * g / np.sqrt(0.75 * 0.25 * g * g + RMSPROP["epsilon"])
    agree(path[0], expected, "rounding", RMSprop.dtype, scale=1)

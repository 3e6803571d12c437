"""What Adagrad must do: remember every square for ever, and see no scale of the gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

# --- plausible mistakes ---------------------------------------------------------------------------


class StartsAtATenth(reference.Adagrad):
    """Starts s at 0.1."""

    def step(self, w: Any, grad: Any) -> Any:
        if self.s is None:
            self.s = 0.1 + 0.0 * np.asarray(grad)
        return super().step(w, grad)


class Forgets(reference.Adagrad):
    """Halves what it has summed before each step."""

    def step(self, w: Any, grad: Any) -> Any:
        if self.s is not None:
            self.s = self.s / 2
        return super().step(w, grad)


class NoRoot(reference.Adagrad):
    """Divides by s + ε."""

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        s: Any = self.s
        return w - self.lr * grad / (s + self.epsilon)


class EpsilonInside(reference.Adagrad):
    """Adds ε under the root."""

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        s: Any = self.s
        return w - self.lr * grad / np.sqrt(s + self.epsilon)


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(steps=1), lr=rates(), epsilon=dyadic(1, 64, 64))
@rejects(Adagrad=EpsilonInside)
@rejects(Adagrad=StartsAtATenth)
def adagrad_s_first_step_has_the_length_of_the_rate(
    Adagrad: Optimizer, run: tuple[Array, Array], lr: float, epsilon: float
) -> None:
    w, g = run
    path = Adagrad.trajectory(w, g, lr=lr, epsilon=epsilon)
    expected = w - lr * g / (abs(g) + epsilon)
    agree(path, expected, "rounding", Adagrad.dtype, scale=8 + lr)


@drawn(g=dyadic(1, 512, 64), lr=rates(), steps=st.integers(1, 8))
@rejects(Adagrad=Forgets)
@rejects(Adagrad=NoRoot)
def steps_of_one_gradient_fall_as_the_root_of_their_number(
    Adagrad: Optimizer, g: float, lr: float, steps: int
) -> None:
    # s = t g², so that step t is η / √t, whatever the gradient's size.
    path = Adagrad.trajectory(0.0, np.full(steps, g), lr=lr, epsilon=0.0)
    expected = -lr * np.cumsum(1 / np.sqrt(np.arange(1, steps + 1)))
    agree(path, expected, "trajectory", Adagrad.dtype, scale=lr * steps)


@drawn(g=grid((5, 2), 1, 64, 8), power=st.integers(-6, 6))
@rejects(Adagrad=NoRoot)
@rejects(Adagrad=StartsAtATenth)
def gradients_of_another_scale_make_the_same_steps(
    Adagrad: Optimizer, g: Array, power: int
) -> None:
    hyper: Any = {"lr": 0.25, "epsilon": 0.0}
    here = Adagrad.trajectory(np.zeros(2), g, **hyper)
    there = Adagrad.trajectory(np.zeros(2), 2.0**power * g, **hyper)
    agree(there, here, "trajectory", Adagrad.dtype)


@drawn(g=grid((4, 2), 1, 64, 8), order=st.permutations(range(3)))
@rejects(Adagrad=Forgets)
def no_gradient_is_remembered_better_than_another(
    Adagrad: Optimizer, g: Array, order: list[int]
) -> None:
    # The last step hangs on the sum of the squares before it, in whatever order they came.
    hyper: Any = {"lr": 0.25, "epsilon": 1e-4}
    shuffled = np.concatenate([g[order], g[3:]])
    one, other = (Adagrad.trajectory(np.zeros(2), its, **hyper) for its in (g, shuffled))
    agree(other[3] - other[2], one[3] - one[2], "trajectory", Adagrad.dtype)

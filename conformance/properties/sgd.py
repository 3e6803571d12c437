"""What plain gradient descent must do: w ← w − η g."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, rates
from gradmark.conformance.properties.theorem import drawn, rejects

# --- plausible mistakes ---------------------------------------------------------------------------


class Clips(reference.SGD):
    """Clips the gradient's norm to one, unasked."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad / max(1.0, float(np.linalg.norm(grad))))


class KeepsItsFirstRate(reference.SGD):
    """Copies the learning rate at construction."""

    def __init__(self, lr: float) -> None:
        super().__init__(lr)
        self._kept = lr

    def step(self, w: Any, grad: Any) -> Any:
        self.lr = self._kept
        return super().step(w, grad)


class GainsSpeed(reference.SGD):
    """Has a momentum that nobody asked for."""

    velocity = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        self.velocity = 0.9 * self.velocity + grad
        return super().step(w, self.velocity)


class Decays(reference.SGD):
    """Has a weight decay that nobody asked for."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad + 1e-2 * w)


# --- theorems -------------------------------------------------------------------------------------


@drawn(run=descents(), a=st.integers(-4, 4), lr=rates())
@rejects(SGD=Clips)
def the_path_is_linear_in_the_gradients(
    SGD: Optimizer, run: tuple[Array, Array], a: int, lr: float
) -> None:
    _, g = run
    h, origin = g[::-1], np.zeros_like(run[0])
    both = SGD.trajectory(origin, a * g + h, lr=lr)
    apart = a * SGD.trajectory(origin, g, lr=lr) + SGD.trajectory(origin, h, lr=lr)
    agree(both, apart, "trajectory", SGD.dtype, scale=lr * np.sum(abs(a * g) + abs(h), axis=0))


@drawn(run=descents(), lr=rates())
@rejects(SGD=GainsSpeed)
def steps_add_up_to_one_step_along_the_sum(
    SGD: Optimizer, run: tuple[Array, Array], lr: float
) -> None:
    w, g = run
    several = SGD.trajectory(w, g, lr=lr)[-1]
    one = SGD.trajectory(w, [np.sum(g, axis=0)], lr=lr)[-1]
    agree(several, one, "trajectory", SGD.dtype, scale=abs(w) + lr * np.sum(abs(g), axis=0))


@drawn(run=descents(), draw=st.data())
@rejects(SGD=KeepsItsFirstRate)
def each_step_uses_the_rate_set_before_it(
    SGD: Optimizer, run: tuple[Array, Array], draw: st.DataObject
) -> None:
    w, g = run
    lrs = draw.draw(st.lists(rates(), min_size=len(g), max_size=len(g)), label="rates")
    path = SGD.trajectory(w, g, lrs)
    # Σ ηₜ gₜ is a sum of products of short fractions: exact in float64.
    travelled = np.einsum("t,t...->...", lrs, g)
    scale = abs(w) + np.einsum("t,t...->...", lrs, abs(g))
    agree(path[-1], w - travelled, "trajectory", SGD.dtype, scale=scale)


@drawn(w=dyadic(-512, 512, 64), lr=rates(), steps=st.integers(1, 8))
@rejects(SGD=Decays)
def a_zero_gradient_leaves_the_weights(SGD: Optimizer, w: float, lr: float, steps: int) -> None:
    path = SGD.trajectory(w, np.zeros(steps), lr=lr)
    agree(path, np.full(steps, w), "exact", SGD.dtype)

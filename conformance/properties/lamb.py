"""What LAMB must do: move a layer by its own length times the rate, whichever way Adam points."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

usual: Any = {"beta1": 0.5, "beta2": 0.75}
layers = grid((3, 2), 1, 64, 8)
odd = grid((4, 3, 2), -64, 63, 8).map(lambda g: g + 1 / 16)  # no entry is zero

# --- plausible mistakes ---------------------------------------------------------------------------


class ByColumns(reference.LAMB):
    """Takes each column of a matrix for a layer of its own."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = w - super().step(w, grad)
        whole, each = np.linalg.norm(moved), np.linalg.norm(moved, axis=0)
        lengths = np.linalg.norm(w, axis=0) / np.linalg.norm(w)
        return w - moved * whole * lengths / np.where(each > 0, each, 1)


class DecayBeside(reference.LAMB):
    """Decays beside the scaled step."""

    def step(self, w: Any, grad: Any) -> Any:
        decay, self.weight_decay = self.weight_decay, 0.0
        moved = super().step(w, grad)
        self.weight_decay = decay
        return moved - self.lr * decay * w


class NeverLeavesZero(reference.LAMB):
    """Takes the ratio as it is, zero norms included."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        return moved if np.any(w) else w


# --- theorems -------------------------------------------------------------------------------------


@drawn(w=layers, g=odd, lr=dyadic(1, 256, 1024), decay=dyadic(0, 32, 64))
@rejects(LAMB=DecayBeside)
@rejects(LAMB=reference.AdamW)
def a_layer_moves_by_its_length_times_the_rate(
    LAMB: Optimizer, w: Array, g: Array, lr: float, decay: float
) -> None:
    path = LAMB.trajectory(w, g, lr=lr, epsilon=1e-4, weight_decay=decay, **usual)
    before = np.concatenate([w[None], path[:-1]])
    moved, lengths = (np.linalg.norm(its, axis=(1, 2)) for its in (path - before, before))
    agree(moved, lr * lengths, "trajectory", LAMB.dtype, scale=np.max(lengths, initial=1.0))


@drawn(w=layers, g=odd, lr=rates(), decay=dyadic(0, 32, 64))
@rejects(LAMB=ByColumns)
@rejects(LAMB=DecayBeside)
def its_first_step_points_where_adamw_s_does(
    LAMB: Optimizer, w: Array, g: Array, lr: float, decay: float
) -> None:
    # u = g / (|g| + ε) + λ w, brought to the length of w.
    path = LAMB.trajectory(w, g[:1], lr=lr, epsilon=1e-4, weight_decay=decay, **usual)
    u = g[0] / (abs(g[0]) + 1e-4) + decay * w
    expected = w - lr * np.linalg.norm(w) / np.linalg.norm(u) * u
    worst = np.linalg.norm(w) * (1 + 8 / np.linalg.norm(u))
    agree(path[0], expected, "trajectory", LAMB.dtype, scale=worst)


@drawn(g=odd, lr=rates())
@rejects(LAMB=NeverLeavesZero)
def weights_leave_zero_by_adam_s_step(LAMB: Optimizer, g: Array, lr: float) -> None:
    path = LAMB.trajectory(np.zeros((3, 2)), g[:1], lr=lr, epsilon=2.0**-8, **usual)
    expected = -lr * g[0] / (abs(g[0]) + 2.0**-8)
    agree(path[0], expected, "rounding", LAMB.dtype, scale=4 * lr)

"""What Adafactor must do: step by a share of the weights' size, whatever size gradients have."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree, tolerance
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

# Every one is given: code has defaults of its own.
usual: Any = {
    "decay_exponent": 0.75,
    "epsilon1": 1e-30,
    "epsilon2": 2.0**-10,
    "clip_threshold": 1.0,
}
layers = grid((3, 2), 8, 64, 8)  # of a size above every ε₂ that is asked
odd = grid((4, 3, 2), -64, 63, 8).map(lambda g: g + 1 / 16)  # no entry is zero


def _rms(x: Array) -> Any:
    return np.sqrt(np.mean(x * x, axis=(-2, -1)))


def _sizes(w: Array, path: Array) -> Array:
    """Give the root mean square of the weights before each step."""
    return np.asarray(_rms(np.concatenate([w[None], path[:-1]])))


@drawn(
    w=layers,
    rows=grid((3, 1), -32, 31, 8).map(lambda g: g + 1 / 16),
    columns=grid((1, 2), -32, 31, 8).map(lambda g: g + 1 / 16),
    lr=rates(),
)
@rejects(Adafactor="factors-not-divided")
@rejects(Adafactor="divided-by-the-row-itself")
def of_a_row_times_a_column_the_first_step_is_the_same_in_every_entry(
    Adafactor: Optimizer, w: Array, rows: Array, columns: Array, lr: float
) -> None:
    # Its mean squares are a row times a column, too: v is g² itself, and u its sign.
    g = rows * columns
    path = Adafactor.trajectory(w, g[None], lr=lr, **usual)
    agree(path[0], w - lr * _rms(w) * np.sign(g), "rounding", Adafactor.dtype, scale=16)


@drawn(w=layers, g=odd, lr=dyadic(1, 256, 1024), most=st.sampled_from((1.0, 1.25, 2.0)))
@rejects(Adafactor="clipping-forgotten")
@rejects(Adafactor="clipping-upside-down")
@rejects(Adafactor="gradient-clipped-in-the-place-of-the-step")
def no_step_is_longer_than_the_threshold_allows(
    Adafactor: Optimizer, w: Array, g: Array, lr: float, most: float
) -> None:
    growing = g * np.array([1.0, 8.0, 64.0, 512.0])[:, None, None]
    path = Adafactor.trajectory(w, growing, lr=lr, **usual | {"clip_threshold": most})
    before = np.concatenate([w[None], path[:-1]])
    slack = tolerance("trajectory", Adafactor.dtype, scale=64)
    assert np.all(_rms(path - before) <= lr * most * _sizes(w, path) + slack)


@drawn(w=layers, g=odd, power=st.integers(-6, 6))
@rejects(Adafactor="root-missing")
@rejects(Adafactor="gradient-clipped-in-the-place-of-the-step")
def gradients_of_another_scale_move_adafactor_alike(
    Adafactor: Optimizer, w: Array, g: Array, power: int
) -> None:
    here, there = (Adafactor.trajectory(w, 2.0**p * g, lr=0.25, **usual) for p in (0, power))
    agree(there, here, "trajectory", Adafactor.dtype, scale=64)


@drawn(w=layers, g=odd, power=st.integers(0, 6))
@rejects(Adafactor="rate-not-scaled-by-the-weights")
@rejects(Adafactor="least-scale-added")
def weights_of_another_scale_are_moved_in_proportion(
    Adafactor: Optimizer, w: Array, g: Array, power: int
) -> None:
    # Where all are larger than ε₂, which is the least that the rate is scaled by.
    here, there = (Adafactor.trajectory(2.0**p * w, g, lr=0.125, **usual) for p in (0, power))
    agree(there, 2.0**power * here, "trajectory", Adafactor.dtype, scale=64 * 2.0**power)


@drawn(g=odd, lr=rates(), least=dyadic(1, 32, 64))
@rejects(Adafactor="least-scale-forgotten")
@rejects(Adafactor="epsilons-exchanged")
def weights_that_are_zero_move_by_the_least_scale(
    Adafactor: Optimizer, g: Array, lr: float, least: float
) -> None:
    entries = g[0, :, 0]
    path = Adafactor.trajectory(np.zeros(3), entries[None], lr=lr, **usual | {"epsilon2": least})
    agree(path[0], -lr * least * np.sign(entries), "rounding", Adafactor.dtype, scale=lr * least)


@drawn(w=layers, g=odd, lr=dyadic(1, 256, 1024))
@rejects(Adafactor="divided-by-the-row-itself")
@rejects(Adafactor="sums-beside-means")
def a_matrix_on_its_side_is_moved_as_it_is_upright(
    Adafactor: Optimizer, w: Array, g: Array, lr: float
) -> None:
    # Large enough that no step is shortened: else a factor in v is lost.
    hyper: Any = {"lr": lr, **usual, "clip_threshold": 1024.0}
    upright = Adafactor.trajectory(w, g, **hyper)
    aside = Adafactor.trajectory(w.T, g.transpose(0, 2, 1), **hyper)
    agree(aside.transpose(0, 2, 1), upright, "trajectory", Adafactor.dtype, scale=64)

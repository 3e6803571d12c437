"""What Muon must do: bring every singular value near 1, and turn with whatever turns a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import tolerance
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, rejects

usual: Any = {"momentum": 0.5, "steps": 5}
START = np.zeros((4, 2))
tall = grid((3, 4, 2), -64, 63, 8).map(lambda g: g + 1 / 16)  # no entry is zero
TURN = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2  # orthogonal
BESIDE = 1e-4  # what 10⁻⁷ beside a norm may do: that of no gradient here is below 10⁻²


# --- plausible mistakes ---------------------------------------------------------------------------


class AsLongAsTheGradient(reference.Muon):
    """Gives back to each step the length that its gradient had."""

    def step(self, w: Any, grad: Any) -> Any:
        return w + np.linalg.norm(grad) * (super().step(w, grad) - w)


class RowByRow(reference.Muon):
    """Divides each row by its own norm."""

    def step(self, w: Any, grad: Any) -> Any:
        lengths = np.linalg.norm(grad, axis=1, keepdims=True)
        return super().step(w, grad / np.where(lengths > 0, lengths, 1))


# --- theorems -------------------------------------------------------------------------------------


def _alike(got: Array, wanted: Array, dtype: str) -> None:
    """Assert that two ways of stepping differ by rounding, and by 10⁻⁷ beside a norm, alone."""
    slack = BESIDE + tolerance("trajectory", dtype, scale=8)
    assert np.max(abs(got - wanted)) <= slack, f"{got} and {wanted} differ"


@drawn(g=grid((2, 2), -16, 16, 8), lr=rates())
@rejects(Muon="not-iterated")
@rejects(Muon=AsLongAsTheGradient)
def what_is_not_far_below_the_norm_comes_near_one(Muon: Optimizer, g: Array, lr: float) -> None:
    # Singular values of 7 and 5, say: on the diagonal, and what is drawn beside it.
    leading = np.diag([64.0, 48.0]) + g
    path = Muon.trajectory(np.zeros((2, 2)), leading[None], lr=lr, **usual)
    assert np.all(np.isfinite(path))
    values = np.linalg.svd(path[0] / lr, compute_uv=False)
    slack = tolerance("trajectory", Muon.dtype, scale=8)
    assert np.all((values > 0.67 - slack) & (values < 1.21 + slack)), f"singular values {values}"


@drawn(g=tall, lr=rates())
@rejects(Muon=RowByRow)
def muon_turns_with_the_gradient(Muon: Optimizer, g: Array, lr: float) -> None:
    # U g is stepped by U times the step of g, for every orthogonal U.
    plain = Muon.trajectory(START, g, lr=lr, **usual)
    turned = Muon.trajectory(START, TURN @ g, lr=lr, **usual)
    _alike(turned, TURN @ plain, Muon.dtype)


@drawn(g=tall, power=st.integers(-3, 6))
@rejects(Muon=AsLongAsTheGradient)
def gradients_of_another_scale_move_muon_alike(Muon: Optimizer, g: Array, power: int) -> None:
    here, there = (Muon.trajectory(START, 2.0**p * g, lr=0.25, **usual) for p in (0, power))
    _alike(there, here, Muon.dtype)


@drawn(g=tall, lr=rates())
@rejects(Muon="not-scaled")
@rejects(Muon="scale-without-root")
@rejects(Muon="scaled-by-columns-over-rows")
def a_matrix_on_its_side_moves_by_less(Muon: Optimizer, g: Array, lr: float) -> None:
    # Of four rows and two columns a step is √2 times that of two rows and four columns.
    upright = Muon.trajectory(START, g, lr=lr, **usual)
    aside = Muon.trajectory(START.T, g.transpose(0, 2, 1), lr=lr, **usual)
    _alike(upright, np.sqrt(2) * aside.transpose(0, 2, 1), Muon.dtype)


@drawn(g=dyadic(1, 64, 8), lr=rates(), steps=st.integers(1, 6))
@rejects(Muon="one-step-less")
@rejects(Muon="coefficient-rounded")
@rejects(Muon="ascent")
def a_single_weight_moves_by_the_rate_times_a_polynomial_of_one(
    Muon: Optimizer, g: float, lr: float, steps: int
) -> None:
    s = 1.0
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    path = Muon.trajectory(
        np.zeros((1, 1)), np.full((1, 1, 1), g), lr=lr, momentum=0.5, steps=steps
    )
    slack = 1e-5 + tolerance("rounding", Muon.dtype)
    assert abs(path[0, 0, 0] / lr + s) <= slack, f"expected {-s * lr}, got {path[0, 0, 0]}"


@drawn(g=tall, lr=rates())
@rejects(Muon="gradient-orthogonalised")
@rejects(Muon="previous-gradient")
def what_was_gathered_goes_on_without_a_gradient(Muon: Optimizer, g: Array, lr: float) -> None:
    # v fades, and its length is nothing to the iteration: the same step again.
    path = Muon.trajectory(START, np.stack([g[0], 0 * g[0]]), lr=lr, **usual)
    _alike(path[1] - path[0], path[0], Muon.dtype)

"""What Rosenbrock's function and its gradient must do: f(x, y) = (1 − x)² + 100 (y − x²)²."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import offsets, signals
from gradmark.conformance.properties.strategies import Array, dyadic, grid
from gradmark.conformance.properties.theorem import drawn, rejects
from gradmark.harness.contract.dtypes import roundoff

points = grid((2,), -16, 16, 8)

# --- plausible mistakes ---------------------------------------------------------------------------


def straight_valley(w: Any) -> Any:
    """Forget the square on x."""
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0]) ** 2


def one_squared_too_few(w: Any) -> Any:
    """Forget the square on the valley's wall."""
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2)


def inner_derivative_lost(w: Any) -> Any:
    """Forget the 2 of the inner derivative −2x."""
    wall = 200 * (w[1] - w[0] ** 2)
    return np.array([-2 * (1 - w[0]) - w[0] * wall, wall])


def uphill_in_x(w: Any) -> Any:
    """Lose the sign of 2 (1 − x)."""
    wall = 200 * (w[1] - w[0] ** 2)
    return np.array([2 * (1 + w[0]) - 2 * w[0] * wall, wall])


# --- theorems -------------------------------------------------------------------------------------


@drawn(x=dyadic(-16, 16, 8))
@rejects(rosenbrock=straight_valley)
def rosenbrock_along_its_valley_is_a_parabola(rosenbrock: Function, x: float) -> None:
    # On y = x² only (1 − x)² is left: it vanishes at the minimum (1, 1).
    agree(rosenbrock([x, x**2]), (1 - x) ** 2, "rounding", rosenbrock.dtype, scale=(1 - x) ** 2)


@drawn(w=points)
@rejects(rosenbrock=one_squared_too_few)
def rosenbrock_is_nowhere_negative(rosenbrock: Function, w: Array) -> None:
    assert rosenbrock(w) >= 0


@drawn(x=dyadic(-16, 16, 8), d=dyadic(0, 16, 8))
@rejects(rosenbrock=one_squared_too_few)
@rejects(rosenbrock=straight_valley)
def rosenbrock_rises_alike_on_both_sides_of_its_valley(
    rosenbrock: Function, x: float, d: float
) -> None:
    above, below = rosenbrock([x, x**2 + d]), rosenbrock([x, x**2 - d])
    agree(above, below, "rounding", rosenbrock.dtype, scale=100 * d**2 + (1 - x) ** 2)


@rejects(rosenbrock_grad=uphill_in_x)
def the_gradient_of_rosenbrock_vanishes_at_the_minimum(rosenbrock_grad: Function) -> None:
    agree(rosenbrock_grad([1.0, 1.0]), [0.0, 0.0], "exact", rosenbrock_grad.dtype)


@drawn(w=points, v=points)
@rejects(rosenbrock_grad=inner_derivative_lost)
@rejects(rosenbrock_grad=uphill_in_x)
def the_gradient_of_rosenbrock_is_its_derivative(
    rosenbrock_grad: Function, rosenbrock: Function, w: Array, v: Array
) -> None:
    # Along a line f is a polynomial of degree 4, on which the central difference is exact.
    h, u = 2.0**-6, roundoff(rosenbrock.dtype)
    values = [rosenbrock(w + t * v) for t in offsets(h)]
    x, y = abs(w) + 3 * h * abs(v)  # what f is the difference of, at most
    noise = u * ((1 + x) ** 2 + 100 * (y + x**2) ** 2)
    rounding = u * (2 * (1 + x) + (400 * x + 200) * (y + x**2)) * np.max(abs(v))
    slope = rosenbrock_grad(w) @ v
    signals(values, slope, h, noise=noise, rounding=rounding).refuse("wrong", "kink")

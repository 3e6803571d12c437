"""Rosenbrock's function and its gradient: canonical forms and mistakes."""

from __future__ import annotations

import numpy as np

from conformance.catalogue.variant import canonical, mistake
from conformance.truth import Exact

SOURCE = 'Article, "Optimizers: Beyond Basic SGD"; Rosenbrock 1960'


@canonical("rosenbrock", SOURCE)
def banana(w: Exact) -> Exact:
    """(1 − x)² + 100 (y − x²)²."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@mistake("rosenbrock", "the square on x is missing")
def straight_valley(w: Exact) -> Exact:
    """(1 − x)² + 100 (y − x)²: a straight valley."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x) ** 2


@canonical("rosenbrock_grad", SOURCE)
def banana_gradient(w: Exact) -> Exact:
    """(−2(1 − x) − 400x(y − x²), 200(y − x²))."""
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the inner derivative of x² is halved")
def inner_derivative_lost(w: Exact) -> Exact:
    """∂/∂x with 200x in place of 400x."""
    x, y = w
    return np.array([-2 * (1 - x) - 200 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the gradient's sign")
def uphill(w: Exact) -> Exact:
    """The negative gradient."""
    return -banana_gradient(w)

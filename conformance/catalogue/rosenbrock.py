"""Rosenbrock's function and its gradient: canonical forms, conventions and mistakes."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.variant import canonical, dialect, mistake
from gradmark.conformance.truth import Exact

SOURCE = 'Article, "Optimizers: Beyond Basic SGD"; Rosenbrock 1960'
HALVED = "SciPy, least_squares: half the sum of the squared residuals 10(y − x²) and 1 − x"


@canonical("rosenbrock", SOURCE)
def banana(w: Exact) -> Exact:
    """(1 − x)² + 100 (y − x²)²."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@dialect("rosenbrock", HALVED)
def half_of_it(w: Exact) -> Exact:
    """½ (1 − x)² + 50 (y − x²)²."""
    return banana(w) / 2


@mistake("rosenbrock", "secondmind-labs/trieste#925: the square on x is missing")
def straight_valley(w: Exact) -> Exact:
    """(1 − x)² + 100 (y − x)²: a straight valley."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x) ** 2


@mistake("rosenbrock", "IGITUGraz/L2L#71: the factor 100 is missing")
def shallow_valley(w: Exact) -> Exact:
    """(1 − x)² + (y − x²)²: a valley without steep walls."""
    x, y = w
    return (1 - x) ** 2 + (y - x**2) ** 2


@mistake("rosenbrock", "the 10 of a residual where its square belongs")
def ten_for_a_hundred(w: Exact) -> Exact:
    """(1 − x)² + 10 (y − x²)²."""
    x, y = w
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


@mistake("rosenbrock", "scipy/scipy#9442: the coordinates of one term exchanged")
def valley_across(w: Exact) -> Exact:
    """(1 − x)² + 100 (x − y²)²: the valley is bent along the other axis."""
    x, y = w
    return (1 - x) ** 2 + 100 * (x - y**2) ** 2


@mistake("rosenbrock", "the coordinates exchanged throughout")
def coordinates_exchanged(w: Exact) -> Exact:
    """(1 − y)² + 100 (x − y²)²: takes w for (y, x)."""
    return banana(w[::-1])


@mistake("rosenbrock", "SciML/Optimization.jl#329: (u[1] - u[1])^2")
def first_term_lost(w: Exact) -> Exact:
    """100 (y − x²)²: the whole valley's floor is a minimum."""
    x, y = w
    return 100 * (y - x**2) ** 2


@mistake("rosenbrock", "plus for minus in the first term")
def minimum_mirrored(w: Exact) -> Exact:
    """(1 + x)² + 100 (y − x²)²: the minimum is at (−1, 1)."""
    x, y = w
    return (1 + x) ** 2 + 100 * (y - x**2) ** 2


@mistake("rosenbrock", "the outer square is forgotten")
def unbounded_below(w: Exact) -> Exact:
    """(1 − x)² + 100 (y − x²): no minimum."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x**2)


# --- the gradient ---------------------------------------------------------------------------------


@canonical("rosenbrock_grad", SOURCE)
def banana_gradient(w: Exact) -> Exact:
    """(−2(1 − x) − 400x(y − x²), 200(y − x²))."""
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


@dialect("rosenbrock_grad", HALVED)
def gradient_of_half_of_it(w: Exact) -> Exact:
    """Half the gradient: the powers' factors 2 cancel a ½."""
    return banana_gradient(w) / 2


@mistake("rosenbrock_grad", "the inner derivative of x² is halved")
def inner_derivative_lost(w: Exact) -> Exact:
    """∂/∂x with 200x in place of 400x."""
    x, y = w
    return np.array([-2 * (1 - x) - 200 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the gradient's sign")
def uphill(w: Exact) -> Exact:
    """The negative gradient."""
    return -banana_gradient(w)


@mistake("rosenbrock_grad", "pytorch/pytorch#3881: 200 x (y − x²) for ∂/∂y")
def x_in_the_second_component(w: Exact) -> Exact:
    """∂/∂y with a factor x too many."""
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * x * (y - x**2)])


@mistake("rosenbrock_grad", "the inner derivative of 1 − x is forgotten")
def sign_of_the_first_term_lost(w: Exact) -> Exact:
    """∂/∂x with 2(1 − x) in place of −2(1 − x)."""
    x, y = w
    return np.array([2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the inner derivative of −x² is forgotten")
def sign_of_the_second_term_lost(w: Exact) -> Exact:
    """∂/∂x with 400x(y − x²) in place of −400x(y − x²)."""
    x, y = w
    return np.array([-2 * (1 - x) + 400 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the first term does not reach the gradient")
def gradient_without_the_first_term(w: Exact) -> Exact:
    """∂/∂x without −2(1 − x)."""
    x, y = w
    return np.array([-400 * x * (y - x**2), 200 * (y - x**2)])


@mistake("rosenbrock_grad", "the components in the order (y, x)")
def components_exchanged(w: Exact) -> Exact:
    """(∂/∂y, ∂/∂x)."""
    return banana_gradient(w)[::-1]


@mistake("rosenbrock_grad", "2 · 100 counted once: 100 for 200 in ∂/∂y")
def second_component_halved(w: Exact) -> Exact:
    """∂/∂y with 100 in place of 200."""
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 100 * (y - x**2)])


@mistake("rosenbrock_grad", "the gradient of the valley with 10 for 100")
def gradient_with_ten_for_a_hundred(w: Exact) -> Exact:
    """(−2(1 − x) − 40x(y − x²), 20(y − x²))."""
    x, y = w
    return np.array([-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)])

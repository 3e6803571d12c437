"""Rosenbrock's curved valley, on which the article races its optimizers."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.landscapes._checks import as_point
from gradmark.reference.landscapes._critical_point import CriticalPoint

ROSENBROCK_CRITICAL_POINTS: tuple[CriticalPoint, ...] = (
    CriticalPoint((1.0, 1.0), 0.0, "minimum", is_global=True),
)


def rosenbrock(w: ArrayLike) -> FloatArray:
    """Evaluate Rosenbrock's function.

    f(w) = (1 − w₁)² + 100 (w₂ − w₁²)²

    `w` has shape (2, ...): w₁ = w[0], w₂ = w[1], any real numbers; the result has shape (...).
    Its only critical point is the minimum f(1, 1) = 0: ∂f/∂w₂ = 0 asks for w₂ = w₁², which leaves
    ∂f/∂w₁ = −2(1 − w₁). The article's constants 1 and 100 are Rosenbrock's; some libraries sum it
    over consecutive coordinates of a longer w (SciPy's `rosen`), the same function for two.

    Raises
    ------
    ValueError
        The first axis of `w` does not have length 2.

    Examples
    --------
    >>> print(rosenbrock([1.0, 1.0]), rosenbrock([-1.5, 2.0]))
    0.0 12.5

    References
    ----------
    Article, "Adam Optimizer"; H. H. Rosenbrock, "An automatic method for finding the
    greatest or least value of a function", The Computer Journal 3 (1960).
    """
    w1, w2 = as_point(w)
    loss: FloatArray = (1 - w1) ** 2 + 100 * (w2 - w1**2) ** 2
    return loss


def rosenbrock_grad(w: ArrayLike) -> FloatArray:
    """Evaluate the gradient of `rosenbrock`.

    ∇f(w) = (−2(1 − w₁) − 400 w₁(w₂ − w₁²),  200 (w₂ − w₁²))

    `w` and the result have the same shape, (2, ...).

    Raises
    ------
    ValueError
        The first axis of `w` does not have length 2.

    Examples
    --------
    >>> print(rosenbrock_grad([-1.5, 2.0]))
    [-155.  -50.]

    References
    ----------
    Article, "Adam Optimizer".
    """
    w1, w2 = as_point(w)
    above_valley = w2 - w1**2
    return np.stack([-2 * (1 - w1) - 400 * w1 * above_valley, 200 * above_valley])

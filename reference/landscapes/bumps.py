"""The two-weight landscape the article opens with."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.landscapes._checks import as_point
from gradmark.reference.landscapes._critical_point import CriticalPoint

BUMPS_CRITICAL_POINTS: tuple[CriticalPoint, ...] = (
    CriticalPoint((-0.3787932113200472, 0.0), -0.2003925614425257, "minimum", is_global=True),
)


def bumps(w: ArrayLike) -> FloatArray:
    """Evaluate the article's two-dimensional loss landscape.

    L(w) = ½(w₁² + w₂²) + 0.3 sin(3w₁) cos(3w₂)

    `w` has shape (2, ...): w₁ = w[0], w₂ = w[1], any real numbers; the result has shape (...), so
    a whole grid is one call.

    It is not convex, yet has one critical point in the whole plane. As 2 sin a cos b =
    sin(a+b) + sin(a−b), L(w) = g(w₁+w₂) + g(w₁−w₂) with g(t) = ¼t² + 0.15 sin 3t, and g′ has a
    single zero, t = −0.9 cos 3t = −0.37879…. `BUMPS_CRITICAL_POINTS` holds that point,
    (−0.37879…, 0), where L = −0.20039…: the global minimum, and no other minimum to get stuck in.
    The article stars (0, 0) as the global minimum; the gradient there is (0.9, 0), and it
    announces local minima where there are none.

    Raises
    ------
    ValueError
        The first axis of `w` does not have length 2.

    Examples
    --------
    >>> print(bumps([0.0, 0.0]), bumps_grad([0.0, 0.0]))
    0.0 [0.9 0. ]
    >>> print(f"{bumps(BUMPS_CRITICAL_POINTS[0].location):.6f}")
    -0.200393

    References
    ----------
    Article, "Loss Landscape Visualization".
    """
    w1, w2 = as_point(w)
    loss: FloatArray = 0.5 * (w1**2 + w2**2) + 0.3 * np.sin(3 * w1) * np.cos(3 * w2)
    return loss


def bumps_grad(w: ArrayLike) -> FloatArray:
    """Evaluate the gradient of `bumps`.

    ∇L(w) = (w₁ + 0.9 cos(3w₁) cos(3w₂),  w₂ − 0.9 sin(3w₁) sin(3w₂))

    `w` and the result have the same shape, (2, ...). The bumps' share of the gradient never
    exceeds 0.9 in length, so that ∇L = 0 is impossible where |w| > 0.9.

    Raises
    ------
    ValueError
        The first axis of `w` does not have length 2.

    Examples
    --------
    >>> print(bumps_grad([0.0, 1.0]).round(4))
    [-0.891  1.   ]

    References
    ----------
    Derived from Article, "Loss Landscape Visualization".
    """
    w1, w2 = as_point(w)
    return np.stack(
        [
            w1 + 0.9 * np.cos(3 * w1) * np.cos(3 * w2),
            w2 - 0.9 * np.sin(3 * w1) * np.sin(3 * w2),
        ]
    )

"""The one-weight landscape on which the article compares learning rates."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.landscapes._critical_point import CriticalPoint

BOWL_CRITICAL_POINTS: tuple[CriticalPoint, ...] = (
    CriticalPoint(-0.31308830850064717, -0.37683772026818957, "minimum", is_global=True),
    CriticalPoint(0.5333330629148334, 0.7073968259275917, "maximum", is_global=False),
    CriticalPoint(0.898826216790387, 0.5887359773078616, "minimum", is_global=False),
)


def bowl(w: ArrayLike) -> FloatArray:
    """Evaluate the article's bumpy bowl, `loss_function` in its listing.

    L(w) = w² + ½ sin 4w

    `w`: any shape, any real numbers; the result has the same shape.

    The article calls it a simple bowl; it has two minima and a maximum between them, all in
    |w| ≤ 1, since L′ = 0 means w = −cos 4w. A descent from the article's w = 3 with its "good"
    η = 0.1 ends in the local minimum 0.89883…, not in the global one at −0.31309…. At that local
    minimum L″ = 5.50…, so that no η above 2/L″ = 0.36… can settle there.

    Raises
    ------
    TypeError
        `w` does not hold real numbers.

    Examples
    --------
    >>> print(bowl([0.0, 1.0]).round(4))
    [0.     0.6216]

    References
    ----------
    Article, "Learning Rate Impact".
    """
    w = as_float("w", w)
    return w**2 + 0.5 * np.sin(4 * w)


def bowl_grad(w: ArrayLike) -> FloatArray:
    """Evaluate the derivative of `bowl`.

    L′(w) = 2w + 2 cos 4w

    `w`: any shape, any real numbers; the result has the same shape.

    Raises
    ------
    TypeError
        `w` does not hold real numbers.

    Examples
    --------
    >>> print(bowl_grad([0.0, 1.0]).round(4))
    [2.     0.6927]

    References
    ----------
    Article, "Learning Rate Impact".
    """
    w = as_float("w", w)
    slope: FloatArray = 2 * w + 2 * np.cos(4 * w)
    return slope

"""The one-weight landscape of the article's first descent."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.landscapes._critical_point import CriticalPoint

# The roots of L′(w) = (w − 1)(4w² − 5w − 1): 1 and (5 ± √41)/8.
QUARTIC_CRITICAL_POINTS: tuple[CriticalPoint, ...] = (
    CriticalPoint(-0.1753905296791061, -0.09673455807567734, "minimum", is_global=True),
    CriticalPoint(1.0, 1.0, "maximum", is_global=False),
    CriticalPoint(1.425390529679106, 0.9287658080756773, "minimum", is_global=False),
)


def quartic(w: ArrayLike) -> FloatArray:
    """Evaluate the article's one-dimensional non-convex loss.

    L(w) = w⁴ − 3w³ + 2w² + w

    `w`: any shape, any real numbers; the result has the same shape.

    Non-convex it is: L″(w) = 12w² − 18w + 4 is negative on (0.271…, 1.229…). The article's
    descent, from w = 3 with η = 0.01, is at 1.42631… after its 200 steps: on its way to the
    *local* minimum 1.42539… (L = 0.92877), and short of it by 0.0009. The plot labels that end
    'Minimum'; the global one is at −0.17539… (L = −0.09673), behind the maximum at 1.

    Raises
    ------
    TypeError
        `w` does not hold real numbers.

    Examples
    --------
    >>> print(quartic(3.0), quartic([0.0, 1.0]))
    21.0 [0. 1.]

    References
    ----------
    Article, "1D Gradient Descent Implementation".
    """
    w = as_float("w", w)
    return w**4 - 3 * w**3 + 2 * w**2 + w


def quartic_grad(w: ArrayLike) -> FloatArray:
    """Evaluate the derivative of `quartic`.

    L′(w) = 4w³ − 9w² + 4w + 1

    `w`: any shape, any real numbers; the result has the same shape.

    Raises
    ------
    TypeError
        `w` does not hold real numbers.

    Examples
    --------
    >>> print(quartic_grad([0.0, 1.0, 3.0]))
    [ 1.  0. 40.]

    References
    ----------
    Article, "1D Gradient Descent Implementation".
    """
    w = as_float("w", w)
    return 4 * w**3 - 9 * w**2 + 4 * w + 1

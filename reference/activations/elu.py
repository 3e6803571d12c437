"""The exponential linear unit and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, non_negative


def elu(z: ArrayLike, alpha: float) -> FloatArray:
    """Exponential linear unit.

    elu(z) = z if z > 0 else α (e^z − 1)

    `z` is any array or number; −∞ gives −α, NaN gives NaN. `alpha` (α) is at least 0. The result
    has the shape of `z` and its dtype (integers become float64).

    Convention: α is given, and 1 by default everywhere. CELU, α (e^(z/α) − 1), is another unit. e^z
    − 1 is computed whole near 0; as printed, which MLX does, it loses digits there.

    Raises
    ------
    ValueError
        `alpha` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(elu([-1000.0, 0.0, 3.0], 1.0))
    [-1.  0.  3.]

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units (ELUs)", ICLR 2016.
    """
    z = as_float("z", z)
    alpha = non_negative("alpha", alpha)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z: ArrayLike, alpha: float) -> FloatArray:
    """Slope of the exponential linear unit at the pre-activation `z`.

    elu′(z) = 1 if z > 0 else α e^z

    `z` is any array or number; NaN gives NaN. `alpha` (α) is at least 0. The result has the shape
    of `z` and its dtype (integers become float64).

    Convention: α at 0, the slope on the left, as in PyTorch and JAX. The paper prints 1 there, and
    its code had α. The argument is z; code that keeps the activation a computes a + α.

    Raises
    ------
    ValueError
        `alpha` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(elu_derivative([-1.0, 0.0, 3.0], 0.5))
    [0.18393972 0.5        1.        ]

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units (ELUs)", ICLR 2016.
    """
    z = as_float("z", z)
    alpha = non_negative("alpha", alpha)
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))).astype(z.dtype)

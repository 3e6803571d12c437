"""GELU, the Gaussian error linear unit, and its derivative."""

import math

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float

# NumPy has no error function; Python's, entry by entry, in float64.
_erfc = np.frompyfunc(math.erfc, 1, 1)


def gelu(z: ArrayLike) -> FloatArray:
    """Gaussian error linear unit.

    gelu(z) = z Φ(z) = z · ½ (1 + erf(z / √2)) = z · ½ erfc(−z / √2)

    `z` is any array or number; it is to be finite: at −∞ the product is no number. The result has
    the shape of `z` and its dtype (integers become float64).

    Convention: the exact function, PyTorch's and TensorFlow's default. JAX's default is the paper's
    approximation by tanh, and CLIP's QuickGELU that by a sigmoid, z σ(1.702 z); they differ from
    it by up to 0.0005 and 0.02. With erfc no digits are lost on the left, where 1 + erf cancels.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(gelu([-1.0, 0.0, 1.0]))
    [-0.15865525  0.          0.84134475]
    >>> print(f"{gelu(-10.0):.4e}")
    -7.6199e-23

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016.
    """
    z = as_float("z", z)
    return z * _below(z)


def gelu_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the Gaussian error linear unit at the pre-activation `z`.

    gelu′(z) = Φ(z) + z φ(z),  φ(z) = e^(−z²/2) / √(2π)

    `z` is any array or number; it is to be finite. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: that of the exact function; whoever approximates it differentiates the
    approximation.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(gelu_derivative([-1.0, 0.0, 1.0]))
    [-0.08331547  0.5         1.08331547]

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016.
    """
    z = as_float("z", z)
    density = np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)
    return _below(z) + z * density


def _below(z: FloatArray) -> FloatArray:
    """Φ(z), the share of a standard normal distribution below z."""
    share: FloatArray = np.asarray(_erfc(-z.astype(float) / math.sqrt(2)), float) / 2
    return share.astype(z.dtype)

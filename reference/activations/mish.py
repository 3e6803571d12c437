"""Mish and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.activations.softplus import softplus, softplus_derivative
from gradmark.reference.activations.tanh import tanh_derivative


def mish(z: ArrayLike) -> FloatArray:
    """Mish.

    mish(z) = z tanh(softplus(z)) = z tanh(log(1 + e^z))

    `z` is any array or number; it is to be finite: at −∞ the product is no number. The result has
    the shape of `z` and its dtype (integers become float64).

    Convention: none to choose; every framework has this function.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(mish([-1.0, 0.0, 1.0]))
    [-0.30340146  0.          0.86509839]

    References
    ----------
    D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", BMVC 2020.
    """
    z = as_float("z", z)
    return z * np.tanh(softplus(z))


def mish_derivative(z: ArrayLike) -> FloatArray:
    """Slope of Mish at the pre-activation `z`.

    mish′(z) = tanh(s) + z tanh′(s) σ(z),  s = softplus(z)

    `z` is any array or number; it is to be finite. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: none to choose. The paper's fraction e^z ω / δ² is the same; its first version
    misprints an exponent of δ.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(mish_derivative([-1.0, 0.0, 1.0]))
    [0.05921676 0.6        1.04903622]

    References
    ----------
    D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", BMVC 2020.
    """
    z = as_float("z", z)
    s = softplus(z)
    return np.tanh(s) + z * tanh_derivative(s) * softplus_derivative(z)

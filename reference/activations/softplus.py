"""Softplus and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.activations.sigmoid import sigmoid


def softplus(z: ArrayLike) -> FloatArray:
    """Softplus, the smooth rectifier.

    softplus(z) = log(1 + e^z) = max(z, 0) + log(1 + e^(−|z|))

    `z` is any array or number; NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: the function for every z, as in JAX, TensorFlow and ONNX. PyTorch returns z itself
    above 20, which is off by e⁻²⁰ = 2·10⁻⁹ there: in float64 that shows.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(softplus([-1000.0, 0.0, 8.0]))
    [0.         0.69314718 8.00033541]

    References
    ----------
    C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating Second-Order
    Functional Knowledge for Better Option Pricing", NeurIPS 2001.
    """
    z = as_float("z", z)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z: ArrayLike) -> FloatArray:
    """Slope of softplus at the pre-activation `z`, which is the sigmoid.

    softplus′(z) = σ(z)

    `z` is any array or number; ±∞ gives 1 and 0, NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: none to choose; where softplus is replaced by z, as in PyTorch above 20, it is 1.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(softplus_derivative([-1000.0, 0.0, 1000.0]))
    [0.  0.5 1. ]

    References
    ----------
    C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating Second-Order
    Functional Knowledge for Better Option Pricing", NeurIPS 2001.
    """
    return sigmoid(as_float("z", z))

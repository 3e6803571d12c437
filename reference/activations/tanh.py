"""The hyperbolic tangent and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float


def tanh(z: ArrayLike) -> FloatArray:
    """Hyperbolic tangent.

    tanh(z) = (e^z − e^(−z)) / (e^z + e^(−z)) = 2σ(2z) − 1

    `z` is any array or number; ±∞ gives ±1, NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: the plain function, as everywhere. LeCun's scaling 1.7159 tanh(2z/3) is another
    activation, which some code calls by this name.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(tanh([-1000.0, 0.0, 1000.0]))
    [-1.  0.  1.]

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", 1998, section 4.4.
    """
    return np.tanh(as_float("z", z))


def tanh_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the hyperbolic tangent at the pre-activation `z`.

    tanh′(z) = 1 − tanh² z = 4e / (1 + e)²,  e = e^(−2|z|)

    `z` is any array or number; ±∞ gives 0, NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: the argument is z. Code that keeps the activation a = tanh z computes 1 − a². That
    difference is 0 where a rounds to ±1, from |z| = 19 on in float64; the quotient is not.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(tanh_derivative([0.0, 1.0]))
    [1.         0.41997434]
    >>> print(f"{tanh_derivative(25.0):.4e}", 1 - np.tanh(25.0) ** 2)
    7.7150e-22 0.0

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", 1998.
    """
    e: FloatArray = np.exp(-2 * np.abs(as_float("z", z)))
    return 4 * e / (1 + e) ** 2

"""The logistic sigmoid and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, in_unit_interval


def sigmoid(z: ArrayLike) -> FloatArray:
    """Logistic sigmoid.

    σ(z) = 1 / (1 + e⁻ᶻ)

    `z` is any array or number; ±∞ gives 1 and 0, NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: the exact function, accurate to a few ulp in both tails down to underflow, with no
    overflow anywhere. The article clips z to ±500 first: in float64 its tail therefore stops at
    e⁻⁵⁰⁰ ≈ 7e-218, and in float32, where e⁵⁰⁰ overflows, it is 0 with a warning.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(sigmoid([-1000.0, 0.0, 1000.0]))
    [0.  0.5 1. ]
    >>> print(f"{sigmoid(-600.0):.4e}")
    2.6504e-261

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)". P.-F. Verhulst, "Notice sur la loi que la
    population poursuit dans son accroissement", 1838.
    """
    z = as_float("z", z)
    # e⁻ᶻ overflows for z ≪ 0, so both sides of the fraction are multiplied by e^min(z, 0) first.
    numerator: FloatArray = np.exp(np.minimum(z, 0))
    denominator: FloatArray = 1 + np.exp(-np.abs(z))
    return numerator / denominator


def sigmoid_derivative(a: ArrayLike) -> FloatArray:
    """Slope of the sigmoid where its activation is `a`.

    σ′(z) = a (1 − a),  a = σ(z)

    `a` is an array or a number in [0, 1]; NaN gives NaN. The result has the shape and dtype of
    `a` (integers become float64).

    Convention: the argument is the ACTIVATION, which the forward pass has at hand. Others take
    the pre-activation z and mean a (1 − a) at a = σ(z).

    Raises
    ------
    ValueError
        An element of `a` is outside [0, 1]: it is no activation, perhaps a z.
    TypeError
        `a` holds anything but real numbers.

    Examples
    --------
    >>> print(sigmoid_derivative([0.0, 0.25, 0.5, 1.0]))
    [0.     0.1875 0.25   0.    ]

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)". D. E. Rumelhart, G. E. Hinton and
    R. J. Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
    """
    a = as_float("a", a)
    in_unit_interval("a", a)
    return a * (1 - a)


def sigmoid_slope(z: ArrayLike) -> FloatArray:
    """Slope of the sigmoid at the pre-activation `z`.

    σ′(z) = σ(z) (1 − σ(z)) = e / (1 + e)²,  e = e^(−|z|)

    `z` is any array or number; ±∞ gives 0, NaN gives NaN. The result has the shape of `z` and its
    dtype (integers become float64).

    Convention: the argument is z. The article's `sigmoid_derivative` takes the activation a.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(sigmoid_slope([-1000.0, 0.0, 1.0]))
    [0.         0.25       0.19661193]

    References
    ----------
    D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
    back-propagating errors", Nature 323, 1986.
    """
    e: FloatArray = np.exp(-np.abs(as_float("z", z)))
    return e / (1 + e) ** 2

"""Hard sigmoid and hard swish, put together of straight lines, and their derivatives."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float


def hard_sigmoid(z: ArrayLike) -> FloatArray:
    """Hard sigmoid: a straight line between 0 and 1.

    hard_sigmoid(z) = min(max(z + 3, 0), 6) / 6

    `z` is any array or number; NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: slope 1/6, as in PyTorch, JAX and Keras 3. ONNX, Theano and Keras 2 have slope 1/5,
    BinaryNet 1/2, Paddle 0.1666667.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(hard_sigmoid([-4.0, 0.0, 1.5, 4.0]))
    [0.   0.5  0.75 1.  ]

    References
    ----------
    A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.
    """
    return np.clip(as_float("z", z) + 3, 0, 6) / 6


def hard_sigmoid_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the hard sigmoid at the pre-activation `z`.

    hard_sigmoid′(z) = 1/6 if −3 < z ≤ 3 else 0

    `z` is any array or number; NaN gives 0, as a comparison with it is false. The result has the
    shape of `z` and its dtype (integers become float64).

    Convention: at a kink the slope on its left: 0 at −3, 1/6 at 3. PyTorch and JAX have 0 at both.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(hard_sigmoid_derivative([-3.0, 0.0, 3.0, 4.0]))
    [0.         0.16666667 0.16666667 0.        ]

    References
    ----------
    A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.
    """
    z = as_float("z", z)
    return np.where((z > -3) & (z <= 3), 1 / 6, 0).astype(z.dtype)


def hard_swish(z: ArrayLike) -> FloatArray:
    """Hard swish.

    hard_swish(z) = z min(max(z + 3, 0), 6) / 6

    `z` is any array or number; it is to be finite: at −∞ the product is no number. The result has
    the shape of `z` and its dtype (integers become float64).

    Convention: that of the hard sigmoid with slope 1/6; with 1/5, as in ncnn, it is another
    function.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(hard_swish([-4.0, -1.5, 0.0, 4.0]))
    [-0.    -0.375  0.     4.   ]

    References
    ----------
    A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.
    """
    z = as_float("z", z)
    return z * hard_sigmoid(z)


def hard_swish_derivative(z: ArrayLike) -> FloatArray:
    """Slope of hard swish at the pre-activation `z`.

    hard_swish′(z) = 0 if z ≤ −3, (2z + 3) / 6 if −3 < z ≤ 3, else 1

    `z` is any array or number; NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: at a kink the slope on its left: 0 at −3, 3/2 at 3. JAX has 1 at 3, and so has
    PyTorch, which before had −1/2 at −3, and 3/2 at 3.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(hard_swish_derivative([-3.0, 0.0, 3.0, 4.0]))
    [0.  0.5 1.5 1. ]

    References
    ----------
    A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.
    """
    z = as_float("z", z)
    return np.where(z <= -3, 0, np.where(z > 3, 1, (2 * z + 3) / 6)).astype(z.dtype)

"""The leaky rectifier and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, non_negative


def leaky_relu(z: ArrayLike, alpha: float) -> FloatArray:
    """Leaky rectified linear unit.

    leaky_relu(z) = z if z > 0 else α z

    `z` is any array or number; NaN gives NaN. `alpha` (α) is at least 0. The result has the shape
    of `z` and its dtype (integers become float64).

    Convention: α is given: 0.01 is the paper's and PyTorch's, 0.2 TensorFlow's and that of Keras's
    function, 0.3 of its layer. max(α z, z), as MLX has it, is another function where α is above 1.

    Raises
    ------
    ValueError
        `alpha` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(leaky_relu([-2.0, 0.0, 3.0], 0.01))
    [-0.02  0.    3.  ]

    References
    ----------
    A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models", ICML 2013.
    """
    z = as_float("z", z)
    alpha = non_negative("alpha", alpha)
    return np.where(z > 0, z, alpha * z)


def leaky_relu_derivative(z: ArrayLike, alpha: float) -> FloatArray:
    """Slope of the leaky rectifier at the pre-activation `z`.

    leaky_relu′(z) = 1 if z > 0 else α

    `z` is any array or number; NaN gives α, as a comparison with it is false. `alpha` (α) is at
    least 0. The result has the shape of `z` and its dtype (integers become float64).

    Convention: α at 0, the slope on the left, as relu′(0) = 0 and as in PyTorch; JAX has 1 there.

    Raises
    ------
    ValueError
        `alpha` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(leaky_relu_derivative([-2.0, 0.0, 3.0], 0.01))
    [0.01 0.01 1.  ]

    References
    ----------
    A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models", ICML 2013.
    """
    z = as_float("z", z)
    alpha = non_negative("alpha", alpha)
    return np.where(z > 0, 1, alpha).astype(z.dtype)

"""The rectified linear unit and its derivative."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float


def relu(z: ArrayLike) -> FloatArray:
    """Rectified linear unit.

    relu(z) = max(0, z)

    `z` is any array or number; NaN gives NaN. The result has the shape of `z` and its dtype
    (integers become float64).

    Convention: none to choose; every framework has this function.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(relu([-2.0, 0.0, 3.0]))
    [0. 0. 3.]

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)". V. Nair and G. E. Hinton, "Rectified
    Linear Units Improve Restricted Boltzmann Machines", ICML 2010.
    """
    return np.maximum(as_float("z", z), 0)


def relu_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the rectified linear unit at the pre-activation `z`.

    relu′(z) = 1 if z > 0 else 0

    `z` is any array or number; NaN gives NaN. The result has the shape and dtype of `z`
    (integers become float64).

    Convention: relu′(0) = 0, as in the article, and as `relu` has it in PyTorch, JAX and
    TensorFlow. At 0 any value in [0, 1] is a subgradient: differentiating max(z, 0) itself gives
    ½ in HIPS autograd, JAX and PyTorch, which share a tie's slope, and 1 in TensorFlow.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(relu_derivative([-2.0, 0.0, 3.0]))
    [0. 0. 1.]

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)". D. Bertoin, J. Bolte, S. Gerchinovitz and
    E. Pauwels, "Numerical influence of ReLU'(0) on backpropagation", NeurIPS 2021.
    """
    return np.heaviside(as_float("z", z), 0)

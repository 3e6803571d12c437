"""The hinge loss and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, labels_and_prediction


def hinge_loss(y_true: ArrayLike, y_pred: ArrayLike) -> np.floating[Any]:
    """Hinge loss of labels ±1.

    L = 1/n Σᵢ max(0, 1 − yᵢ ŷᵢ)

    `y_true` (labels, −1 or 1) and `y_pred` (any numbers, of which the sign decides) are arrays of
    one shape with n ≥ 1 elements. The result is a scalar of the dtype of `y_pred`.

    Convention: labels are ±1, as in the paper and Optax; Keras takes labels of 0 and 1 for them,
    and its `squared_hinge` squares each term.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or a label is neither −1 nor 1.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(hinge_loss([1.0, -1.0], [0.5, 2.0]))  # (1/2 + 3) / 2
    1.75

    References
    ----------
    C. Cortes and V. Vapnik, "Support-Vector Networks", Machine Learning 20, 1995.
    """
    y, p = _signed(y_true, y_pred)
    return np.sum(np.maximum(1 - y * p, 0) / p.size)


def hinge_loss_grad(y_true: ArrayLike, y_pred: ArrayLike) -> FloatArray:
    """Gradient of the hinge loss with respect to the prediction.

    ∂L/∂ŷᵢ = −1/n yᵢ  where yᵢ ŷᵢ < 1,  0 elsewhere

    Arguments as for `hinge_loss`; the result has the shape and dtype of `y_pred`.

    Convention: at the margin, yᵢ ŷᵢ = 1, the slope on the left, as everywhere here: −1/n for y = 1,
    0 for y = −1. PyTorch's `clamp` has −y/n there, JAX's `maximum` half of it, scikit-learn 0.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or a label is neither −1 nor 1.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(hinge_loss_grad([1.0, -1.0, 1.0], [0.5, 2.0, 3.0]) * 3)
    [-1.  1.  0.]

    References
    ----------
    C. Cortes and V. Vapnik, "Support-Vector Networks", Machine Learning 20, 1995.
    """
    y, p = _signed(y_true, y_pred)
    within = (y * p < 1) | (p == 1)  # at p = 1 either label's slope is that on the left
    return np.where(within, -y, 0) / p.size


def _signed(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[FloatArray, FloatArray]:
    y, p = labels_and_prediction(y_true, y_pred)
    if not np.all(np.abs(y) == 1):
        raise ValueError(f"y_true: expected labels -1 and 1, got {y[np.abs(y) != 1].flat[0]}")
    return y, p

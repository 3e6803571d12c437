"""The mean squared error and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, labels_and_prediction


def mse_loss(y_true: ArrayLike, y_pred: ArrayLike) -> np.floating[Any]:
    """Mean squared error over all elements.

    L = 1/n Σᵢ (yᵢ − ŷᵢ)²

    `y_true` and `y_pred` are real arrays of one shape with n ≥ 1 elements. The result is a scalar
    of the dtype of `y_pred`; it overflows only if L itself does.

    Convention: the mean over every element, without a factor ½. With two or more outputs a sample
    some sum over the outputs and take the mean over the samples alone; scikit-learn's
    `HalfSquaredError` and many textbooks have the ½.

    Raises
    ------
    ValueError
        The shapes differ, (n,) against (n, 1) included, or nothing is given.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(mse_loss([3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0]))  # (1 + 1 + 1 + 4) / 4
    1.75

    References
    ----------
    Article, "Mean Squared Error (MSE)". A.-M. Legendre, "Nouvelles méthodes pour la détermination
    des orbites des comètes", 1805 (least squares).
    """
    y, p = labels_and_prediction(y_true, y_pred)
    d = y - p
    # d (d/n), since d² and Σ d² may overflow where their mean does not.
    return np.sum(d * (d / d.size))


def mse_loss_grad(y_true: ArrayLike, y_pred: ArrayLike) -> FloatArray:
    """Gradient of the mean squared error with respect to the prediction.

    ∂L/∂ŷᵢ = 2/n (ŷᵢ − yᵢ)

    Arguments as for `mse_loss`; the result has the shape and dtype of `y_pred`.

    Convention: that of `mse_loss`; whoever halves the loss has no 2 here.

    Raises
    ------
    ValueError
        The shapes differ, (n,) against (n, 1) included, or nothing is given.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(mse_loss_grad([3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0]))
    [-0.5 -0.5  0.5  1. ]

    References
    ----------
    Article, "Mean Squared Error (MSE)", whose formula is differentiated here.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    return (p - y) / (p.size / 2)

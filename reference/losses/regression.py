"""Losses of differences, between squares and absolute values, and their gradients."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, labels_and_prediction, positive


def mae_loss(y_true: ArrayLike, y_pred: ArrayLike) -> np.floating[Any]:
    """Mean absolute error over all elements.

    L = 1/n Σᵢ |yᵢ − ŷᵢ|

    `y_true` and `y_pred` are real arrays of one shape with n ≥ 1 elements. The result is a scalar
    of the dtype of `y_pred`.

    Convention: the mean over every element, as in PyTorch's `L1Loss` and Keras.

    Raises
    ------
    ValueError
        The shapes differ, (n,) against (n, 1) included, or nothing is given.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(mae_loss([3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0]))  # (1 + 1 + 1 + 2) / 4
    1.25

    References
    ----------
    P. Bloomfield and W. L. Steiger, "Least Absolute Deviations", 1983; after P.-S. Laplace, 1774.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    return np.sum(np.abs(y - p) / p.size)


def mae_loss_grad(y_true: ArrayLike, y_pred: ArrayLike) -> FloatArray:
    """Gradient of the mean absolute error with respect to the prediction.

    ∂L/∂ŷᵢ = 1/n if ŷᵢ > yᵢ else −1/n

    Arguments as for `mae_loss`; the result has the shape and dtype of `y_pred`.

    Convention: where they are equal, the slope on the left, −1/n, as everywhere here. PyTorch and
    TensorFlow have 0 there, the sign of 0; JAX has 1/n.

    Raises
    ------
    ValueError
        The shapes differ, (n,) against (n, 1) included, or nothing is given.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(mae_loss_grad([3.0, 5.0], [2.0, 8.0]))
    [-0.5  0.5]

    References
    ----------
    P. Bloomfield and W. L. Steiger, "Least Absolute Deviations", 1983.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    return np.where(p > y, 1, -1).astype(p.dtype) / p.size


def huber_loss(y_true: ArrayLike, y_pred: ArrayLike, delta: float) -> np.floating[Any]:
    """Huber's loss: squares of small errors, absolute values of large ones.

    L = 1/n Σᵢ (½ dᵢ² if |dᵢ| ≤ δ else δ (|dᵢ| − ½ δ)),  d = y − ŷ

    `y_true` and `y_pred` are real arrays of one shape with n ≥ 1 elements; `delta` (δ) is positive.
    The result is a scalar of the dtype of `y_pred`.

    Convention: Huber's own, as in PyTorch's `HuberLoss`, Optax and Keras. Divided by δ it is smooth
    L1; scikit-learn's `HuberRegressor` has twice of it.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or `delta` is not positive and finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(huber_loss([0.0, 0.0], [1.0, 5.0], 2.0))  # (1/2 + 2 · 4) / 2
    4.25

    References
    ----------
    P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35, 1964.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    delta = positive("delta", delta)
    d, small = _errors(y, p, delta)
    return np.sum(small * (d - small / 2) / p.size)


def huber_loss_grad(y_true: ArrayLike, y_pred: ArrayLike, delta: float) -> FloatArray:
    """Gradient of Huber's loss with respect to the prediction.

    ∂L/∂ŷᵢ = 1/n min(max(ŷᵢ − yᵢ, −δ), δ)

    Arguments as for `huber_loss`; the result has the shape and dtype of `y_pred`.

    Convention: that of `huber_loss`; there is no kink.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or `delta` is not positive and finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(huber_loss_grad([0.0, 0.0], [1.0, 5.0], 2.0))
    [0.5 1. ]

    References
    ----------
    P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35, 1964.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    delta = positive("delta", delta)
    return np.clip(p - y, -delta, delta) / p.size


def smooth_l1_loss(y_true: ArrayLike, y_pred: ArrayLike, beta: float) -> np.floating[Any]:
    """Smooth L1 loss: absolute values, rounded off around 0.

    L = 1/n Σᵢ (½ dᵢ² / β if |dᵢ| < β else |dᵢ| − ½ β),  d = y − ŷ

    `y_true` and `y_pred` are real arrays of one shape with n ≥ 1 elements; `beta` (β) is positive.
    The result is a scalar of the dtype of `y_pred`.

    Convention: slope 1 far out, as in PyTorch's `SmoothL1Loss` and MLX; times β it is Huber's loss.
    The paper has β = 1; its code has a σ, with β = 1/σ².

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or `beta` is not positive and finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(smooth_l1_loss([0.0, 0.0], [1.0, 5.0], 2.0))  # (1/4 + 4) / 2
    2.125

    References
    ----------
    R. Girshick, "Fast R-CNN", ICCV 2015, equation 3.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    beta = positive("beta", beta)
    d, small = _errors(y, p, beta)
    return np.sum(small / beta * (d - small / 2) / p.size)


def smooth_l1_loss_grad(y_true: ArrayLike, y_pred: ArrayLike, beta: float) -> FloatArray:
    """Gradient of the smooth L1 loss with respect to the prediction.

    ∂L/∂ŷᵢ = 1/n min(max((ŷᵢ − yᵢ) / β, −1), 1)

    Arguments as for `smooth_l1_loss`; the result has the shape and dtype of `y_pred`.

    Convention: that of `smooth_l1_loss`; there is no kink.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or `beta` is not positive and finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(smooth_l1_loss_grad([0.0, 0.0], [1.0, 5.0], 2.0))
    [0.25 0.5 ]

    References
    ----------
    R. Girshick, "Fast R-CNN", ICCV 2015, equation 3.
    """
    y, p = labels_and_prediction(y_true, y_pred)
    beta = positive("beta", beta)
    return np.clip((p - y) / beta, -1, 1) / p.size


def _errors(y: FloatArray, p: FloatArray, bound: float) -> tuple[FloatArray, FloatArray]:
    """Give the sizes of the errors, and of each what is within a bound: it alone is squared."""
    d = np.abs(y - p)
    return d, np.minimum(d, bound)

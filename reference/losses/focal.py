"""The focal loss and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    fraction,
    labels_and_probability,
    non_negative,
)


def focal_loss(
    y_true: ArrayLike, y_pred: ArrayLike, gamma: float, alpha: float
) -> np.floating[Any]:
    """Focal loss of predicted probabilities: a cross-entropy that looks at what is hard.

    L = −1/n Σᵢ [α yᵢ (1 − pᵢ)^γ log pᵢ + (1 − α)(1 − yᵢ) pᵢ^γ log(1 − pᵢ)]

    `y_true` (labels in [0, 1]) and `y_pred` (p) are arrays of one shape with n ≥ 1 elements, p
    between 0 and 1, exclusively: there is no guard. `gamma` (γ) is at least 0 and `alpha` (α) in
    [0, 1]. The result is a scalar of the dtype of `y_pred`, in nats.

    Convention: divided by n. The paper divides by the number of positives, torchvision by nothing.
    For soft labels Keras, Optax and torchvision weigh the whole cross-entropy by (1 − p_t)^γ, with
    p_t = y p + (1 − y)(1 − p).

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, an element or `alpha` is outside [0, 1], or `gamma` is
        negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{focal_loss([1.0], [0.5], 2.0, 0.25):.6f}")  # log 2 / 16
    0.043322

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal Loss for Dense Object Detection",
    ICCV 2017, equation 5.
    """
    y, p, gamma, alpha = _arguments(y_true, y_pred, gamma, alpha)
    positive = alpha * y * (1 - p) ** gamma * np.log(p)
    negative = (1 - alpha) * (1 - y) * p**gamma * np.log1p(-p)
    log_likelihood: FloatArray = positive + negative
    return -np.sum(log_likelihood / p.size)


def focal_loss_grad(y_true: ArrayLike, y_pred: ArrayLike, gamma: float, alpha: float) -> FloatArray:
    """Gradient of the focal loss with respect to the probability.

    ∂L/∂pᵢ = 1/n [α yᵢ s(pᵢ) − (1 − α)(1 − yᵢ) s(1 − pᵢ)]
    s(p) = (1 − p)^γ (γ log p / (1 − p) − 1/p)

    Arguments as for `focal_loss`; the result has the shape and dtype of `y_pred`.

    Convention: that of `focal_loss`; both factors are differentiated.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, an element or `alpha` is outside [0, 1], or `gamma` is
        negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{focal_loss_grad([1.0], [0.5], 0.0, 1.0)[0]:.6f}")  # −1/p
    -2.000000

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal Loss for Dense Object Detection",
    ICCV 2017, appendix A.
    """
    y, p, gamma, alpha = _arguments(y_true, y_pred, gamma, alpha)
    q = 1 - p
    positive = alpha * y * q**gamma * (gamma * np.log(p) / q - 1 / p)
    negative = (1 - alpha) * (1 - y) * p**gamma * (gamma * np.log1p(-p) / p - 1 / q)
    return (positive - negative) / p.size


def _arguments(
    y_true: ArrayLike, y_pred: ArrayLike, gamma: float, alpha: float
) -> tuple[FloatArray, FloatArray, float, float]:
    y, p = labels_and_probability(y_true, y_pred)
    return y, p, non_negative("gamma", gamma), fraction("alpha", alpha)

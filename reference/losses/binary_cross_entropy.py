"""Binary cross-entropy of a probability, and its gradient."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, labels_and_probability

EPSILON = 1e-15
"""The article's guard: probabilities are taken as no nearer to 0 or 1 than this."""


def binary_cross_entropy(y_true: ArrayLike, y_pred: ArrayLike) -> np.floating[Any]:
    """Binary cross-entropy of predicted probabilities, guarded against log 0.

    L = −1/n Σᵢ [yᵢ log p̄ᵢ + (1 − yᵢ) log(1 − p̄ᵢ)],  p̄ = min(max(p, ε), 1 − ε),  ε = 10⁻¹⁵

    `y_true` (labels, hard or soft) and `y_pred` (p) are arrays of one shape with n ≥ 1 elements
    in [0, 1]; NaN gives NaN. The result is a scalar of the dtype of `y_pred`, in nats.

    Convention: the article's clipping, in REAL arithmetic whatever the dtype. As log is monotone,
    the logarithms are clipped instead: log ε = −34.54 exists in every dtype, 1 − ε does not. In
    float32 it rounds to 1, so that clipping p = 1 there leaves log 0: ∞ for y = 0, NaN for y = 1.
    In float64 it rounds to 1 − 9.992·10⁻¹⁶, and L(0, 1) = 34.539576 instead of 34.538776.
    PyTorch clips the logarithms at −100; Keras clips p at 10⁻⁷; the article's network adds ε to
    each logarithm's argument; scikit-learn clips p at the dtype's machine epsilon.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or an element is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{binary_cross_entropy([1, 0], [0.8, 0.4]):.6f}")  # −(log 0.8 + log 0.6) / 2
    0.366985
    >>> print(f"{binary_cross_entropy([0.0], [1.0]):.6f}")  # −log ε
    34.538776
    >>> one = np.float32(1)
    >>> print(f"{binary_cross_entropy(one, one):.6e}", np.clip(one, EPSILON, 1 - EPSILON) == 1)
    1.000000e-15 True

    References
    ----------
    Article, "Binary Cross-Entropy". I. J. Good, "Rational Decisions", J. R. Stat. Soc. B 14, 1952.
    """
    y, p = labels_and_probability(y_true, y_pred)
    low, high = math.log(EPSILON), math.log1p(-EPSILON)
    with np.errstate(divide="ignore"):  # log 0 = −∞ is what the clipping is for
        log_p = np.clip(np.log(p), low, high)
        log_1_minus_p = np.clip(np.log1p(-p), low, high)
    log_likelihood: FloatArray = y * log_p + (1 - y) * log_1_minus_p
    return -np.mean(log_likelihood)


def binary_cross_entropy_grad(y_true: ArrayLike, y_pred: ArrayLike) -> FloatArray:
    """Gradient of the guarded binary cross-entropy with respect to the probability.

    ∂L/∂pᵢ = 1/n (pᵢ − yᵢ) / (pᵢ (1 − pᵢ))  where ε ≤ pᵢ ≤ 1 − ε,  0 elsewhere

    Arguments as for `binary_cross_entropy`; the result has the shape and dtype of `y_pred`.

    Convention: the derivative of what is computed, so 0 where the guard holds p fixed. Keras has
    the same through its clipping; PyTorch leaves the slope and bounds p (1 − p) below by 10⁻¹²;
    the article never needs it, as σ and the loss fuse to p − y.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, or an element is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(binary_cross_entropy_grad([1, 0], [0.5, 0.75]))  # −½/¼ / 2,  ¾/(3/16) / 2
    [-1.  2.]
    >>> print(binary_cross_entropy_grad([0.0], [1.0]))
    [0.]

    References
    ----------
    Article, "Binary Cross-Entropy" and "The Chain Rule in Action" (the edge ∂L/∂a₂).
    """
    y, p = labels_and_probability(y_true, y_pred)
    wide = p.astype(float)  # float16 has no ε
    clipped = (wide < EPSILON) | (1 - wide < EPSILON)
    with np.errstate(divide="ignore"):  # p (1 − p) = 0 is clipped
        slope = np.where(clipped, 0, 1 / (p * (1 - p)))
    return (p - y) * slope / p.size

"""Categorical cross-entropy and its gradient."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, rows_of_probabilities
from gradmark.reference.losses.binary_cross_entropy import EPSILON


def categorical_cross_entropy(y_true: ArrayLike, y_pred: ArrayLike) -> np.floating[Any]:
    """Categorical cross-entropy, the mean over samples, guarded against log 0.

    L = −1/n Σₛ Σ꜀ yₛ꜀ log p̄ₛ꜀,  p̄ = max(p, ε),  ε = 10⁻¹⁵

    `y_true` (one-hot or soft rows) and `y_pred` (p) have one shape, (n, C) for n samples of C
    classes or (C,) for one sample, and elements in [0, 1]; NaN gives NaN. That rows sum to 1 is
    left to the caller. The result is a scalar of the dtype of `y_pred`, in nats.

    Convention: a 1-D input is ONE sample, n = 1, as the article's formula −Σ yᵢ log ŷᵢ says. The
    article's listing divides by `len(y_true)`, which in its own 1-D demonstration is the number
    of classes: it prints −log 0.2 / 3 = 0.5365 where its formula gives 1.6094. Keras rescales
    rows to sum 1 and clips at 10⁻⁷; PyTorch takes logits.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or an element is
        outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{categorical_cross_entropy([0, 0, 1], [0.4, 0.4, 0.2]):.4f}")  # −log 0.2
    1.6094
    >>> print(f"{categorical_cross_entropy([[0, 1], [1, 0]], [[0.5, 0.5], [1.0, 0.0]]):.4f}")
    0.3466

    References
    ----------
    Article, "Categorical Cross-Entropy". J. S. Bridle, "Probabilistic Interpretation of
    Feedforward Classification Network Outputs", 1990.
    """
    y, p, n = rows_of_probabilities(y_true, y_pred)
    with np.errstate(divide="ignore"):  # log 0 = −∞ is what the guard is for
        surprise = -np.maximum(np.log(p), math.log(EPSILON))
    return np.sum(y * surprise) / n


def categorical_cross_entropy_grad(y_true: ArrayLike, y_pred: ArrayLike) -> FloatArray:
    """Gradient of the guarded categorical cross-entropy with respect to the probabilities.

    ∂L/∂pₛ꜀ = −1/n yₛ꜀ / pₛ꜀  where pₛ꜀ ≥ ε,  0 elsewhere

    Arguments as for `categorical_cross_entropy`; the result has the shape and dtype of `y_pred`.

    Convention: the derivative of what is computed, so 0 where the guard holds p fixed, with each
    p a free variable: that a row sums to 1 is softmax's business and enters through the chain
    rule there.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or an element is
        outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(categorical_cross_entropy_grad([0.0, 0.5, 0.5], [0.5, 0.5, 0.0]))
    [-0. -1.  0.]

    References
    ----------
    Article, "Categorical Cross-Entropy", whose formula is differentiated here.
    """
    y, p, n = rows_of_probabilities(y_true, y_pred)
    with np.errstate(divide="ignore"):  # p = 0 is clipped
        slope = np.where(p.astype(float) < EPSILON, 0, -1 / p)  # float16 has no ε
    return y * slope / n

"""Binary cross-entropy of a logit, and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    in_unit_interval,
    labels_and_prediction,
    non_negative,
)
from gradmark.reference.activations import sigmoid, softplus


def bce_with_logits(
    y_true: ArrayLike, logits: ArrayLike, pos_weight: float = 1.0
) -> np.floating[Any]:
    """Binary cross-entropy of σ(z), from the logit z, without a guard.

    L = 1/n Σᵢ [w yᵢ log(1 + e^−zᵢ) + (1 − yᵢ) log(1 + e^zᵢ)] = BCE(y, σ(z)) for w = 1

    `y_true` (labels in [0, 1], hard or soft) and `logits` (z, finite) are arrays of one shape with
    n ≥ 1 elements; NaN gives NaN. `pos_weight` (w) is at least 0; 1 weighs both classes alike. The
    result is a scalar of the dtype of `logits`, in nats; a term wrong by a logit of z costs |z|
    without bound.

    Convention: no ε, as the logarithm of σ(z) needs none; PyTorch's `BCEWithLogitsLoss`, Optax's
    `sigmoid_binary_cross_entropy` and TensorFlow do the same. The weight is on the term of the
    positive class alone, as in PyTorch and TensorFlow. The article guards, and goes through the
    probability, so it ends at −log ε = 34.54; Keras on NumPy does, and clips at 10⁻⁷.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, a label is outside [0, 1], or `pos_weight` is negative
        or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{bce_with_logits([1.0], [0.0]):.6f}")  # log 2
    0.693147
    >>> print(bce_with_logits([0.0], [1000.0]))
    1000.0
    >>> print(f"{bce_with_logits([1.0], [0.0], 3.0):.6f}")  # 3 log 2
    2.079442

    References
    ----------
    Article, "Binary Cross-Entropy". D. R. Cox, "The Regression Analysis of Binary Sequences",
    J. R. Stat. Soc. B 20, 1958. The weight is that of PyTorch's `BCEWithLogitsLoss`.
    """
    y, z, weight = _arguments(y_true, logits, pos_weight)
    terms = weight * y * softplus(-z) + (1 - y) * softplus(z)
    return np.sum(terms / z.size)


def bce_with_logits_grad(
    y_true: ArrayLike, logits: ArrayLike, pos_weight: float = 1.0
) -> FloatArray:
    """Gradient of the binary cross-entropy of σ(z) with respect to the logit.

    ∂L/∂zᵢ = 1/n [(1 − yᵢ) σ(zᵢ) − w yᵢ (1 − σ(zᵢ))] = 1/n (σ(zᵢ) − yᵢ) for w = 1

    Arguments as for `bce_with_logits`, and z may be infinite; the result has the shape and dtype
    of `logits`.

    Convention: the fused form, the article's dz² = a² − y with its 1/m, where σ′ and the loss's
    p (1 − p) cancel. It is the gradient of the unguarded loss and never 0 by clipping.

    Raises
    ------
    ValueError
        The shapes differ, nothing is given, a label is outside [0, 1], or `pos_weight` is negative
        or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(bce_with_logits_grad([1.0, 0.0], [0.0, 0.0]))
    [-0.25  0.25]
    >>> print(bce_with_logits_grad([1.0], [100.0]))  # σ(100) − 1 would be 0
    [-3.72007598e-44]

    References
    ----------
    Article, "Backprop Step-by-Step". J. S. Bridle, "Probabilistic Interpretation of Feedforward
    Classification Network Outputs", 1990.
    """
    y, z, weight = _arguments(y_true, logits, pos_weight)
    # Split by σ(z) + σ(−z) = 1: a right prediction's small error does not cancel away.
    return ((1 - y) * sigmoid(z) - weight * y * sigmoid(-z)) / z.size


def _arguments(
    y_true: ArrayLike, logits: ArrayLike, pos_weight: float
) -> tuple[FloatArray, FloatArray, float]:
    y, z = labels_and_prediction(y_true, logits, "logits")
    in_unit_interval("y_true", y)
    return y, z, non_negative("pos_weight", pos_weight)

"""Softmax cross-entropy, the categorical cross-entropy from logits, and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    fraction,
    in_unit_interval,
    labels_and_prediction,
    rows_of_classes,
)
from gradmark.reference.activations import log_softmax, softmax


def softmax_cross_entropy(
    y_true: ArrayLike, logits: ArrayLike, label_smoothing: float = 0.0
) -> np.floating[Any]:
    """Cross-entropy of the softmax of logits, the mean over samples.

    L = −1/n Σₛ Σ꜀ ỹₛ꜀ (zₛ꜀ − log Σₖ e^zₛₖ),  ỹ = (1 − ε) y + ε / C

    `y_true` (y, one-hot or soft rows, elements in [0, 1]) and `logits` (z, any finite numbers) have
    one shape, (n, C) for n samples of C classes or (C,) for one sample. `label_smoothing` (ε) is in
    [0, 1]; 0 leaves labels alone. That rows of labels sum to 1 is left to the caller. The result is
    a scalar of the dtype of `logits`, in nats; NaN gives NaN.

    Convention: the mean over samples, a vector being ONE sample, with ε spread over all C classes,
    as in PyTorch, Keras and the paper; fastai once spread it over the C − 1 others. PyTorch leaves
    ignored rows out of the mean, and divides by the weights where there are any. A loss next to 0
    keeps its digits, by log(1 + x); frameworks take the logarithm of the sum, and lose them.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or a label or
        `label_smoothing` is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{softmax_cross_entropy([0, 1], [0.0, 0.0]):.4f}")  # log 2
    0.6931
    >>> print(f"{softmax_cross_entropy([[1, 0]], [[1000.0, 0.0]], 0.5):.1f}")  # a quarter of 1000
    250.0
    >>> print(f"{softmax_cross_entropy([1, 0], [40.0, 0.0]):.4e}")  # e⁻⁴⁰
    4.2484e-18

    References
    ----------
    J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
    1990.
    C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
    section 7, for the smoothing.
    """
    y, z, n = _smoothed(y_true, logits, label_smoothing)
    return -np.sum(y * log_softmax(z)) / n


def softmax_cross_entropy_grad(
    y_true: ArrayLike, logits: ArrayLike, label_smoothing: float = 0.0
) -> FloatArray:
    """Gradient of the cross-entropy of the softmax with respect to the logits.

    ∂L/∂zₛ꜀ = 1/n (softmax(zₛ)꜀ Σₖ ỹₛₖ − ỹₛ꜀),  ỹ = (1 − ε) y + ε / C

    Arguments as for `softmax_cross_entropy`; the result has the shape and dtype of `logits`.

    Convention: the gradient of the loss as it is. For rows of labels that sum to 1 it is
    (softmax(z) − ỹ) / n, which most code computes whatever they sum to.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or a label or
        `label_smoothing` is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(softmax_cross_entropy_grad([[0, 1], [1, 0]], [[0.0, 0.0], [0.0, 0.0]]))
    [[ 0.25 -0.25]
     [-0.25  0.25]]

    References
    ----------
    J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
    1990.
    """
    y, z, n = _smoothed(y_true, logits, label_smoothing)
    mass: FloatArray = np.sum(y, axis=-1, keepdims=True)
    return (softmax(z) * mass - y) / n


def _smoothed(
    y_true: ArrayLike, logits: ArrayLike, label_smoothing: float
) -> tuple[FloatArray, FloatArray, int]:
    """Give smoothed labels, the logits, and the number of samples."""
    y, z = labels_and_prediction(y_true, logits, "logits")
    n = rows_of_classes("logits", z)
    in_unit_interval("y_true", y)
    smoothing = fraction("label_smoothing", label_smoothing)
    return (1 - smoothing) * y + smoothing / z.shape[-1], z, n

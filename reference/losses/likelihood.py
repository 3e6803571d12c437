"""Losses of rows of classes: negative log likelihood and Kullback-Leibler divergence."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    in_unit_interval,
    labels_and_prediction,
    rows_of_classes,
    rows_of_probabilities,
)


def nll_loss(y_true: ArrayLike, log_probs: ArrayLike) -> np.floating[Any]:
    """Negative log likelihood of log probabilities, the mean over samples.

    L = −1/n Σₛ Σ꜀ yₛ꜀ log pₛ꜀

    `y_true` (one-hot or soft rows, elements in [0, 1]) and `log_probs` (finite, at most 0) have one
    shape, (n, C) for n samples of C classes or (C,) for one sample. The result is a scalar of the
    dtype of `log_probs`, in nats.

    Convention: the mean over samples, a vector being ONE sample. PyTorch and ONNX leave out rows of
    the class that is to be ignored, and divide by the weights where there are any.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, a label is outside
        [0, 1], or a log probability is above 0.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(nll_loss([[0, 1], [1, 0]], [[-2.0, -0.5], [-1.5, -0.25]]))  # (0.5 + 1.5) / 2
    1.0

    References
    ----------
    R. A. Fisher, "On the Mathematical Foundations of Theoretical Statistics", 1922.
    """
    y, log_p, n = _labels_and_logarithms(y_true, log_probs)
    return -np.sum(y * log_p) / n


def nll_loss_grad(y_true: ArrayLike, log_probs: ArrayLike) -> FloatArray:
    """Gradient of the negative log likelihood with respect to the log probabilities.

    ∂L/∂(log pₛ꜀) = −1/n yₛ꜀

    Arguments as for `nll_loss`; the result has the shape and dtype of `log_probs`.

    Convention: each log probability is a free variable. That a row's probabilities sum to 1 is
    log-softmax's business, whose derivative makes of it (p − y) / n.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, a label is outside
        [0, 1], or a log probability is above 0.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(nll_loss_grad([[0, 1], [1, 0]], [[-2.0, -0.5], [-1.5, -0.25]]))
    [[-0.  -0.5]
     [-0.5 -0. ]]

    References
    ----------
    R. A. Fisher, "On the Mathematical Foundations of Theoretical Statistics", 1922.
    """
    y, _, n = _labels_and_logarithms(y_true, log_probs)
    return -y / n


def kl_divergence(p: ArrayLike, q: ArrayLike) -> np.floating[Any]:
    """Kullback-Leibler divergence of q from p, the mean over samples.

    L = 1/n Σₛ Σ꜀ pₛ꜀ log(pₛ꜀ / qₛ꜀),  0 log 0 = 0

    `p` (what is true) and `q` (what is predicted) have one shape, (n, C) for n samples of C classes
    or (C,) for one sample, and elements in [0, 1]. That rows sum to 1 is left to the caller. Where
    q = 0 and p > 0 it is infinite. The result is a scalar of the dtype of `q`, in nats.

    Convention: probabilities in both places, the mean over samples, no guard. PyTorch and Optax
    take the logarithm of q, MLX of both; PyTorch's 'mean' divides by the number of entries, and
    Keras clips both at 10⁻⁷.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or an element is
        outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{kl_divergence([0.5, 0.5], [0.25, 0.75]):.6f}")  # ½ log(4/3)
    0.143841
    >>> print(kl_divergence([1.0, 0.0], [0.0, 1.0]))
    inf

    References
    ----------
    S. Kullback and R. A. Leibler, "On Information and Sufficiency", Ann. Math. Stat. 22, 1951.
    """
    y, q, n = rows_of_probabilities(p, q, "q", "p")
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 log 0 = 0, and q = 0 is infinite
        terms: FloatArray = np.where(y > 0, y * (np.log(y) - np.log(q)), 0)
    return np.sum(terms) / n


def kl_divergence_grad(p: ArrayLike, q: ArrayLike) -> FloatArray:
    """Gradient of the Kullback-Leibler divergence with respect to q.

    ∂L/∂qₛ꜀ = −1/n pₛ꜀ / qₛ꜀,  0 where pₛ꜀ = 0

    Arguments as for `kl_divergence`; the result has the shape and dtype of `q`.

    Convention: each q is a free variable; that a row sums to 1 is softmax's business.

    Raises
    ------
    ValueError
        The shapes differ or have not one or two dimensions, nothing is given, or an element is
        outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(kl_divergence_grad([0.5, 0.5, 0.0], [0.25, 0.5, 0.25]))
    [-2. -1.  0.]

    References
    ----------
    S. Kullback and R. A. Leibler, "On Information and Sufficiency", Ann. Math. Stat. 22, 1951.
    """
    y, q, n = rows_of_probabilities(p, q, "q", "p")
    with np.errstate(divide="ignore", invalid="ignore"):  # where p is 0, q may be 0
        return np.where(y > 0, -y / q, 0) / n


def _labels_and_logarithms(
    y_true: ArrayLike, log_probs: ArrayLike
) -> tuple[FloatArray, FloatArray, int]:
    y, log_p = labels_and_prediction(y_true, log_probs, "log_probs")
    n = rows_of_classes("log_probs", log_p)
    in_unit_interval("y_true", y)
    if np.any(log_p > 0):
        raise ValueError(
            f"log_probs: expected logarithms of probabilities, got {log_p[log_p > 0].flat[0]}"
        )
    return y, log_p, n

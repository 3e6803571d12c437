"""Exponential decay."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative


def exponential_decay(
    epoch: ArrayLike, initial_lr: float = 0.1, decay_rate: float = 0.05
) -> FloatArray:
    """Learning rate that decays exponentially.

    η(t) = η₀ e^(−k t)

    `epoch` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0) and `decay_rate`
    (k ≥ 0, per epoch) are numbers. The result has the shape of `epoch`.

    Convention: the rate k is in the exponent. PyTorch's `ExponentialLR` takes the factor γ = e^−k
    per epoch; Keras and Optax take a factor r for every T steps, r = e^(−k T).

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(f"{exponential_decay(20, initial_lr=0.1, decay_rate=0.05):.6f}")  # 0.1/e
    0.036788

    References
    ----------
    Article, "Learning Rate Schedules". C. Darken, J. Chang and J. Moody, "Learning Rate Schedules
    for Faster Stochastic Gradient Search", 1992, on schedules at large.
    """
    t = as_epochs("epoch", epoch)
    lr = non_negative("initial_lr", initial_lr)
    decay: FloatArray = np.exp(-non_negative("decay_rate", decay_rate) * t)
    return lr * decay

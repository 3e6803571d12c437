"""Cosine annealing with warm restarts."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    as_epochs,
    at_least_one,
    non_negative,
    positive,
)


def cosine_restarts(
    epoch: ArrayLike, initial_lr: float = 0.1, T_0: float = 10, T_mult: float = 1
) -> FloatArray:
    """Learning rate that falls along half a cosine wave again and again.

    η(t) = η₀ (1 + cos(π (t − S) / T)) / 2  for S ≤ t < S + T,  T = T_0 · T_multⁱ

    where S is the sum of the i periods before. `epoch` (t ≥ 0, whole or not) is a number or an
    array; `initial_lr` (η₀ ≥ 0), `T_0` (> 0, in epochs) and `T_mult` (≥ 1) are numbers. The result
    has the shape of `epoch`.

    Convention: the rate is whole at each restart, and the floor is 0, as in PyTorch's
    `CosineAnnealingWarmRestarts` and Keras's `CosineDecayRestarts`, whose periods double by
    default. Keras (`m_mul`) and timm (`cycle_decay`) may start each period from a lower rate; timm
    stops after the first unless told otherwise.

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(cosine_restarts([0, 5, 10, 20, 30], 1.0, T_0=10, T_mult=2).round(12))
    [1.  0.5 1.  0.5 1. ]

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
    equation 5, with η_min = 0.
    """
    t, lr = as_epochs("epoch", epoch), non_negative("initial_lr", initial_lr)
    T, growth = positive("T_0", T_0), at_least_one("T_mult", T_mult)
    left: FloatArray = np.vectorize(_left, otypes=[t.dtype])(t, T, growth)
    sine: FloatArray = np.sin(np.pi / 2 * left)[()]
    return lr * sine**2


def _left(t: float, length: float, growth: float) -> float:
    """Give the share that is left of the period in which t is."""
    if growth == 1:
        t %= length
    # No logarithm counts the restarts: at one of them it may be rounded to the one before.
    while t >= length:
        t, length = t - length, length * growth
    return (length - t) / length

"""Cosine annealing."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative, positive


def cosine_annealing(epoch: ArrayLike, initial_lr: float = 0.1, T_max: float = 100) -> FloatArray:
    """Learning rate that falls along half a cosine wave.

    η(t) = η₀ (1 + cos(π t / T)) / 2 = η₀ sin²(π/2 · (T − t) / T)

    `epoch` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0) and `T_max`
    (T > 0, in epochs) are numbers. The result has the shape of `epoch`.

    Convention: the formula as printed, for every t, so the rate rises again after T and has
    period 2T; PyTorch's `CosineAnnealingLR` does the same. Optax's `cosine_decay_schedule` and
    Keras's `CosineDecay` stay at 0. It is computed as sin², since 1 + cos cancels near the end:
    one epoch before T = 1000 the printed form is 55,500 ulp off, cos²(π t / 2T) 1376, sin² 1.2.

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(cosine_annealing([0, 50, 100, 200], initial_lr=1.0).round(12))
    [1.  0.5 0.  1. ]

    References
    ----------
    Article, "Learning Rate Schedules". I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient
    Descent with Warm Restarts", ICLR 2017.
    """
    t = as_epochs("epoch", epoch)
    lr, T = non_negative("initial_lr", initial_lr), positive("T_max", T_max)
    sine: FloatArray = np.sin(np.pi / 2 * ((T - t) / T))
    return lr * sine**2

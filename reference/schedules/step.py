"""Step decay."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative, positive


def step_decay(
    epoch: ArrayLike, initial_lr: float = 0.1, drop: float = 0.5, epochs_drop: float = 20
) -> FloatArray:
    """Learning rate that drops by a factor every so many epochs.

    η(t) = η₀ d^⌊t / N⌋

    `epoch` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0), `drop` (d > 0)
    and `epochs_drop` (N > 0, in epochs) are numbers. The result has the shape of `epoch`.

    Convention: the drop is at t = N, 2N, …, each the first epoch of the lower rate, as in PyTorch's
    `StepLR`; Keras's `ExponentialDecay(staircase=True)` is the same function. Some course code
    has ⌊(1 + t) / N⌋, one epoch earlier.

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(step_decay([0, 19, 20, 40], initial_lr=1.0))
    [1.   1.   0.5  0.25]

    References
    ----------
    Article, "Learning Rate Schedules". A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet
    Classification with Deep Convolutional Neural Networks", 2012 (divided by 10, three times).
    """
    t = as_epochs("epoch", epoch)
    lr = non_negative("initial_lr", initial_lr)
    drops: FloatArray = t // positive("epochs_drop", epochs_drop)
    factor: FloatArray = np.power(positive("drop", drop), drops)
    return lr * factor

"""Decay at milestones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative, positive


def multi_step_decay(
    epoch: ArrayLike,
    initial_lr: float = 0.1,
    milestones: Sequence[float] = (30, 60, 80),
    drop: float = 0.1,
) -> FloatArray:
    """Learning rate that drops by a factor at each of some epochs.

    η(t) = η₀ dᵏ,  k the number of milestones ≤ t

    `epoch` (t ≥ 0, whole or not) is a number or an array, `milestones` a list of epochs (each ≥ 0),
    `initial_lr` (η₀ ≥ 0) and `drop` (d > 0) are numbers. The result has the shape of `epoch`.

    Convention: a milestone is the first epoch of the lower rate, as in PyTorch's `MultiStepLR` and
    Optax's `piecewise_constant_schedule`; in Keras's `PiecewiseConstantDecay` it is the last of the
    higher one, and timm's `MultiStepLRScheduler` drops an epoch early.

    Raises
    ------
    ValueError
        An epoch or a milestone is negative or not finite; a parameter is outside its range.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(multi_step_decay([0, 29, 30, 60, 90], initial_lr=1.0, milestones=[30, 60], drop=0.5))
    [1.   1.   0.5  0.25 0.25]

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016,
    section 4.2 (divided by 10 at 32k and 48k iterations).
    """
    t, ends = as_epochs("epoch", epoch), as_epochs("milestones", milestones)
    lr = non_negative("initial_lr", initial_lr)
    drops = np.searchsorted(np.sort(np.ravel(ends)), t, side="right")
    return lr * np.power(positive("drop", drop), drops.astype(t.dtype))[()]

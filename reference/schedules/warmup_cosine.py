"""Linear warm-up followed by cosine annealing."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative
from gradmark.reference.schedules.cosine import cosine_annealing


def warmup_cosine(
    epoch: ArrayLike, initial_lr: float = 0.1, warmup_epochs: float = 10, total_epochs: float = 100
) -> FloatArray:
    """Learning rate that rises linearly, then falls along half a cosine wave.

    η(t) = η₀ t / W  for t < W,  η₀ (1 + cos(π (t − W) / (T − W))) / 2  for t ≥ W

    `epoch` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0), `warmup_epochs`
    (W ≥ 0; 0 is no warm-up) and `total_epochs` (T > W) are numbers, W and T in epochs. The result
    has the shape of `epoch`.

    Convention: the formula as printed. It starts at exactly 0, so the first epoch learns nothing;
    Optax's `warmup_cosine_decay_schedule` has the same unless given an `init_value`, others warm
    up by (t + 1) / W. After T the rate rises again, as in `cosine_annealing`; Optax stays at 0.

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is outside its range or not finite;
        `total_epochs` is not above `warmup_epochs`.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(warmup_cosine([0, 5, 10, 55, 100], initial_lr=1.0).round(12))
    [0.  0.5 1.  0.5 0. ]

    References
    ----------
    Article, "Learning Rate Schedules". P. Goyal et al., "Accurate, Large Minibatch SGD: Training
    ImageNet in 1 Hour", 2017 (warm-up); Loshchilov and Hutter, "SGDR", ICLR 2017 (cosine).
    """
    t = as_epochs("epoch", epoch)
    W, T = non_negative("warmup_epochs", warmup_epochs), non_negative("total_epochs", total_epochs)
    if T <= W:
        raise ValueError(f"total_epochs: expected more than warmup_epochs = {W:g}, got {T:g}")
    # One factor is exactly 1 while the other moves, so their product is the formula's two cases.
    warmup = np.minimum(t / W, 1) if W else 1.0
    return warmup * cosine_annealing(np.maximum(t - W, 0), initial_lr, T - W)

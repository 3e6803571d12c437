"""Linear warm-up."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative


def linear_warmup(step: ArrayLike, initial_lr: float = 0.1, warmup_steps: float = 10) -> FloatArray:
    """Learning rate that rises along a line, and then stays.

    η(t) = η₀ t / W  for t < W,  η₀ for t ≥ W

    `step` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0) and `warmup_steps`
    (W ≥ 0; 0 is no warm-up) are numbers. The result has the shape of `step`.

    Convention: steps count from 0, where the rate is 0, as in Transformers and Optax; the paper
    leaves open where it starts. Many codes take (t + 1) / W, torchtitan once (t + 1) / (W + 1), and
    PyTorch's `LinearLR` starts at a third of the rate.

    Raises
    ------
    ValueError
        A step is negative or not finite; a parameter is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(linear_warmup([0, 5, 10, 1000], initial_lr=1.0))
    [0.  0.5 1.  1. ]

    References
    ----------
    P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.2
    (gradual warm-up).
    """
    t, W = as_epochs("step", step), non_negative("warmup_steps", warmup_steps)
    lr = non_negative("initial_lr", initial_lr)
    return lr * (np.minimum(t / W, 1) if W else np.ones_like(t)[()])

"""Warm-up, a plateau, and a decay to zero."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative, positive


def warmup_stable_decay(
    step: ArrayLike,
    initial_lr: float = 0.1,
    warmup_steps: float = 10,
    stable_steps: float = 70,
    decay_steps: float = 20,
) -> FloatArray:
    """Learning rate that rises along a line, stays, and falls to zero along another.

    η(t) = η₀ t / W for t < W,  η₀ for t − W < S,  η₀ (W + S + D − t) / D for t − W − S < D,  then 0

    `step` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0) and the lengths
    `warmup_steps` (W ≥ 0), `stable_steps` (S ≥ 0) and `decay_steps` (D > 0) are numbers. The result
    has the shape of `step`.

    Convention: all three are lengths, the decay is a line, and the rate is 0 from its end on. The
    paper's decay is steeper, and leaves its curve open; Transformers' `get_wsd_schedule` takes half
    a cosine unless told otherwise, others 1 − √ of the time gone; torchtitan counts steps from 1.

    Raises
    ------
    ValueError
        A step is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(warmup_stable_decay([0, 5, 50, 85, 100], 1.0, 10, 70, 20))
    [0.   0.5  1.   0.75 0.  ]

    References
    ----------
    S. Hu et al., "MiniCPM: Unveiling the Potential of Small Language Models with Scalable Training
    Strategies", 2024; A. Hägele et al., "Scaling Laws and Compute-Optimal Training
    Beyond Fixed Training Durations", 2024, for the linear decay.
    """
    t, lr = as_epochs("step", step), non_negative("initial_lr", initial_lr)
    W, S = non_negative("warmup_steps", warmup_steps), non_negative("stable_steps", stable_steps)
    D = positive("decay_steps", decay_steps)
    rise = np.minimum(t / W, 1) if W else np.ones_like(t)
    # One factor is exactly 1 while the other moves, so their product is the formula's cases.
    fall: FloatArray = np.clip((W + S + D - t) / D, 0, 1)
    return lr * (rise * fall)

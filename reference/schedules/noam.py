"""The Transformer's schedule: a linear warm-up, then the inverse of a square root."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, positive


def noam(step: ArrayLike, d_model: float = 512, warmup_steps: float = 4000) -> FloatArray:
    """Learning rate that rises along a line, and falls with the inverse square root of the step.

    η(t) = d^−½ · min(t^−½, t · W^−³ᐟ²)

    `step` (t ≥ 1, whole or not) is a number or an array; `d_model` (d > 0, the model's width) and
    `warmup_steps` (W > 0) are numbers. The result has the shape of `step`, and is (d W)^−½ at its
    peak, t = W.

    Convention: the paper's, with steps counted from 1; at 0 it has no value. Tensor2Tensor counts
    from 0 and multiplies by ten; many codes multiply by a factor of their own (The Annotated
    Transformer by 2), and Transformers' `get_inverse_sqrt_schedule` by √(d W), so that the peak is
    the optimizer's rate.

    Raises
    ------
    ValueError
        A step is below 1 or not finite; a parameter is not positive or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(noam([1, 4, 16], d_model=4, warmup_steps=4))
    [0.0625 0.25   0.125 ]

    References
    ----------
    A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017, equation 3.
    """
    t = as_epochs("step", step, first=1)
    d, W = positive("d_model", d_model), positive("warmup_steps", warmup_steps)
    rate: FloatArray = np.minimum(1 / np.sqrt(t), t / (W * W**0.5)) / np.sqrt(d)
    return rate

"""An exponential moving average, and a penalty on the weights."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    as_float,
    fraction,
    no_narrower_than_single,
    non_negative,
    same_shape,
)


def ema(average: ArrayLike, value: ArrayLike, decay: float = 0.999) -> FloatArray:
    """One step of an exponential moving average.

    d · average + (1 − d) · value

    `average` and `value` have one shape; `decay` (d in [0, 1]) is the share of the old that stays.
    The result has the shape and dtype of `average`.

    Convention: the share of the old, as in PyTorch's `get_ema_multi_avg_fn` and Optax; some codes
    take the share of the new. No debiasing (Optax's default), and a constant decay: diffusers may
    use min(d, (1 + t) / (10 + t)) instead.

    Raises
    ------
    ValueError
        The shapes differ, or `decay` is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(ema([0.0, 8.0], [4.0, 0.0], 0.75))
    [1. 6.]

    References
    ----------
    S. W. Roberts, "Control Chart Tests Based on Geometric Moving Averages", 1959; B. T. Polyak and
    A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, for weights.
    """
    old = as_float("average", average)
    new = as_float("value", value).astype(old.dtype)
    same_shape("average", old, "value", new)
    d = fraction("decay", decay)
    return d * old + (1 - d) * new


def l2_penalty(w: ArrayLike, strength: float = 0.01) -> np.floating[Any]:
    """Penalty on the squares of the weights.

    λ Σ w²

    `w` is an array or a number, and `strength` (λ ≥ 0) a number. The result is a scalar of the
    dtype of `w`; its gradient is 2λw.

    Convention: no factor ½, as in Keras's `L2`; TensorFlow's `l2_loss`, and textbooks, have
    (λ/2) Σ w², whose gradient is λw, which is PyTorch's `weight_decay`; scikit-learn's ridge
    regression is λ Σ w² beside a sum of squares.

    Raises
    ------
    ValueError
        `strength` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(l2_penalty([3.0, 4.0], 0.1))
    2.5

    References
    ----------
    A. E. Hoerl and R. W. Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
    1970; A. Krogh and J. A. Hertz, "A Simple Weight Decay Can Improve Generalization", 1991.
    """
    weights = as_float("w", w)
    total: np.floating[Any] = np.sum(no_narrower_than_single(weights) ** 2)
    return weights.dtype.type(non_negative("strength", strength) * total)

"""Decay with the inverse of time."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative


def inverse_time_decay(
    epoch: ArrayLike, initial_lr: float = 0.1, decay_rate: float = 0.05
) -> FloatArray:
    """Learning rate that falls as the inverse of time.

    η(t) = η₀ / (1 + k t)

    `epoch` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0) and `decay_rate`
    (k ≥ 0, per epoch) are numbers. The result has the shape of `epoch`.

    Convention: the initial rate is divided, each time anew, as in Keras's `InverseTimeDecay` (with
    `decay_steps=1`) and the `decay` of its older optimizers. Bottou's k is per unit of rate:
    η₀ / (1 + η₀ k t).

    Raises
    ------
    ValueError
        An epoch is negative or not finite; a parameter is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(inverse_time_decay([0, 1, 4], initial_lr=1.0, decay_rate=1.0))
    [1.  0.5 0.2]

    References
    ----------
    H. Robbins and S. Monro, "A Stochastic Approximation Method", 1951, whose steps fall as 1/t; C.
    Darken and J. Moody, "Note on Learning Rate Schedules for Stochastic Optimization", 1990.
    """
    t, lr = as_epochs("epoch", epoch), non_negative("initial_lr", initial_lr)
    return lr / (1 + non_negative("decay_rate", decay_rate) * t)

"""Polynomial decay."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_epochs, non_negative, positive


def polynomial_decay(
    step: ArrayLike,
    initial_lr: float = 0.1,
    end_lr: float = 1e-4,
    total_steps: float = 100,
    power: float = 1.0,
) -> FloatArray:
    """Learning rate that falls along a power of the time that is left.

    η(t) = η_T + (η₀ − η_T) ((T − t) / T)ᵖ  for t < T,  η_T for t ≥ T

    `step` (t ≥ 0, whole or not) is a number or an array; `initial_lr` (η₀ ≥ 0), `end_lr` (η_T ≥ 0),
    `total_steps` (T > 0) and `power` (p > 0; 1 is a line) are numbers. The result has the shape of
    `step`.

    Convention: it stays at η_T after T, as in Keras, Optax and BERT. PyTorch's `PolynomialLR` and
    Caffe's "poly" have no η_T; Keras's `cycle=True` stretches T instead of staying; fastai's
    `SchedPoly` takes the power of the time that is gone.

    Raises
    ------
    ValueError
        A step is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(polynomial_decay([0, 50, 100, 200], 1.0, 0.0, 100, 2.0))
    [1.   0.25 0.   0.  ]

    References
    ----------
    W. Liu, A. Rabinovich and A. C. Berg, "ParseNet: Looking Wider to See Better", 2015, for the
    "poly" policy, which falls to 0; TensorFlow's `polynomial_decay`, for the end that is not.
    """
    t, T = as_epochs("step", step), positive("total_steps", total_steps)
    first, last = non_negative("initial_lr", initial_lr), non_negative("end_lr", end_lr)
    left: FloatArray = (T - np.minimum(t, T)) / T
    return last + (first - last) * np.power(left, positive("power", power))

"""Gradient descent: the update rule, and the walk it makes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, positive, same_shape


def gradient_step(w: ArrayLike, grad: ArrayLike, lr: float) -> FloatArray:
    """Take one step downhill.

    w_new = w_old − η ∂L/∂w

    `w` and `grad`: one shape, any; η = `lr` > 0. Neither argument is changed.

    Raises
    ------
    ValueError
        The shapes differ (they are not broadcast) or `lr` is not positive.

    Examples
    --------
    >>> print(gradient_step([1.0, 2.0], [10.0, -10.0], lr=0.1))
    [0. 3.]

    References
    ----------
    Article, "Gradient Descent Explained"; A. Cauchy, Comptes Rendus 25 (1847).
    """
    w, grad = as_float("w", w), as_float("grad", grad)
    same_shape("w", w, "grad", grad)
    return w - positive("lr", lr) * grad


def gradient_descent(
    gradient: Callable[[FloatArray], ArrayLike], w: ArrayLike, lr: float, steps: int
) -> FloatArray:
    """Descend for a number of steps and keep the whole walk.

    history[0] = w,  history[t+1] = history[t] − η · gradient(history[t])

    `w`: a number, an array, or a batch of starting points if `gradient` takes one; η = `lr` > 0;
    `steps` ≥ 0. The result has shape (steps + 1, *w.shape): the start comes first, and
    history[-1] is where the walk ends. The article's listing keeps its history the same way.

    Raises
    ------
    ValueError
        `steps` is negative, `lr` not positive or the gradient's shape not that of `w`.
    TypeError
        `steps` is no integer.

    Examples
    --------
    >>> print(gradient_descent(lambda w: 2 * w, [1.0, -4.0], lr=0.25, steps=2))
    [[ 1.   -4.  ]
     [ 0.5  -2.  ]
     [ 0.25 -1.  ]]

    References
    ----------
    Article, "1D Gradient Descent Implementation".
    """
    if not isinstance(steps, int | np.integer):
        raise TypeError(f"steps: expected an integer, got {steps!r}")
    if steps < 0:
        raise ValueError(f"steps: expected at least 0, got {steps}")
    positive("lr", lr)
    history = [as_float("w", w)]
    for _ in range(steps):
        # [()] gives a function of one number a number, and an array itself
        history.append(gradient_step(history[-1], gradient(history[-1][()]), lr))
    return np.stack(history)

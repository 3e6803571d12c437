"""Adagrad."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    non_negative,
    received,
)


class Adagrad:
    """Adagrad: each step is divided by the root of all squared gradients so far.

    s ← s + g²,  w ← w − η g / (√s + ε)

    `lr` (η ≥ 0) may be set between steps; `epsilon` is ε ≥ 0. `w` and `grad` (g) are real arrays
    of one shape, 0-d and empty included; the result has their common floating dtype (integers
    become float64); of float16, s is kept in float32. `s` is None before the first step, which
    starts from s = 0. NaN and ±∞ propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Convention: s starts at 0 and ε stands outside the root, as in PyTorch and MLX; the paper adds
    its δ to the root, too. Keras and Optax start s at 0.1 and have ε inside, η g / √(s + ε).

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Adagrad(lr=0.5, epsilon=0.0)
    >>> w = opt.step([1.0], [3.0])  # s = 9, w = 1 − 0.5·3/3
    >>> print(w, opt.step(w, [4.0]), opt.s)  # s = 9 + 16, w = 0.5 − 0.5·4/5
    [0.5] [0.1] [25.]

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive Subgradient Methods for Online Learning and
    Stochastic Optimization", JMLR 12, 2011, figure 1 with diagonal matrices.
    """

    def __init__(self, lr: float = 0.01, epsilon: float = 1e-10) -> None:
        self.lr = non_negative("lr", lr)
        self.epsilon = non_negative("epsilon", epsilon)
        self.s: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.s)
        lr = non_negative("lr", self.lr)
        self.s = g * g if self.s is None else self.s + g * g
        return (w - lr * g / (np.sqrt(self.s) + self.epsilon)).astype(w.dtype)

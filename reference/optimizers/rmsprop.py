"""RMSprop."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
)
from gradmark.reference.optimizers.moments import mean_square


class RMSprop:
    """RMSprop: gradient descent with each step divided by the gradient's running root mean square.

    s ← β s + (1 − β) g²,  w ← w − η g / √(s + ε)

    `lr` (η ≥ 0) may be set between steps; `beta` is β in [0, 1); `epsilon` is ε ≥ 0. `w` and
    `grad` (g) are real arrays of one shape, 0-d and empty included; the result has their common
    floating dtype (integers become float64). `s` is None before the first step, which starts from
    s = 0. NaN and ±∞ propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Convention: ε INSIDE the root, as the article's formula prints it and Optax and Keras have it.
    The article's own listing and PyTorch have it outside, η g / (√s + ε): `epsilon_outside=True`.
    The least denominator is √ε = 10⁻⁴ inside and ε = 10⁻⁸ outside.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = RMSprop(lr=0.5, beta=0.75, epsilon=0.0)
    >>> print(opt.step([1.0], [4.0]), opt.s)  # s = ¼·16 = 4,  w = 1 − 0.5·4/2
    [0.] [4.]
    >>> inside, outside = RMSprop(lr=1.0), RMSprop(lr=1.0, epsilon_outside=True)
    >>> print(f"{inside.step(0.0, 1e-9):.4e} {outside.step(0.0, 1e-9):.4e}")
    -1.0000e-05 -9.6935e-02

    References
    ----------
    Article, "RMSprop". T. Tieleman and G. E. Hinton, "Neural Networks for Machine Learning",
    Lecture 6.5, Coursera, 2012 (no ε there).
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta: float = 0.9,
        epsilon: float = 1e-8,
        *,
        epsilon_outside: bool = False,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.beta = decay_factor("beta", beta)
        self.epsilon = non_negative("epsilon", epsilon)
        self.epsilon_outside = epsilon_outside
        self.s: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.s)
        lr = non_negative("lr", self.lr)
        self.s = s = mean_square(self.s, g, self.beta)
        if self.epsilon_outside:
            return (w - lr * g / (np.sqrt(s) + self.epsilon)).astype(w.dtype)
        root: FloatArray = np.sqrt(s + self.epsilon)
        return (w - lr * g / root).astype(w.dtype)

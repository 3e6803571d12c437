"""RMSprop."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
)
from gradmark.reference.optimizers.moments import average, mean_square
from gradmark.reference.optimizers.steering import Steered


class RMSprop(Steered):
    """RMSprop: gradient descent with each step divided by the gradient's running root mean square.

    s ← β s + (1 − β) g²,  w ← w − η g / √(s + ε)

    `lr` (η ≥ 0) may be set between steps; `beta` is β in [0, 1); `epsilon` is ε ≥ 0. `w` and
    `grad` (g) are real arrays of one shape, 0-d and empty included; the result has their common
    floating dtype (integers become float64). `s` is None before the first step, which starts from
    s = 0. NaN and ±∞ propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Options: `weight_decay` (λ ≥ 0) puts g + λ w in the place of g, the gradient of (λ/2) Σ w², and
    `maximize` puts −g there before. `centered` puts the variance s − ḡ² in the place of s, with
    ḡ ← β ḡ + (1 − β) g; `momentum` (μ in [0, 1)) gathers steps, u ← μ u + η g / √(s + ε) and
    w ← w − u.

    Convention: ε INSIDE the root, as the article's formula prints it and Optax and Keras have it.
    The article's own listing and PyTorch have it outside, η g / (√s + ε): `epsilon_outside=True`.
    The least denominator is √ε = 10⁻⁴ inside and ε = 10⁻⁸ outside. The rate is inside u, as in
    Graves, Keras and Optax; PyTorch has it outside.

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
    Lecture 6.5, Coursera, 2012 (no ε there). A. Graves, "Generating Sequences With Recurrent Neural
    Networks", 2013, eqs. 38-41, for the variance and the momentum.
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta: float = 0.9,
        epsilon: float = 1e-8,
        *,
        weight_decay: float = 0.0,
        maximize: bool = False,
        momentum: float = 0.0,
        centered: bool = False,
        epsilon_outside: bool = False,
    ) -> None:
        super().__init__(weight_decay, maximize=maximize)
        self.lr = non_negative("lr", lr)
        self.beta = decay_factor("beta", beta)
        self.epsilon = non_negative("epsilon", epsilon)
        self.epsilon_outside = epsilon_outside
        self.momentum = decay_factor("momentum", momentum)
        self.centered = centered
        self.s: FloatArray | None = None
        self.mean: FloatArray | None = None
        self.gathered: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.s)
        lr = non_negative("lr", self.lr)
        g = self.steered(w, g)
        self.s = s = mean_square(self.s, g, self.beta)
        if self.centered:
            self.mean = average(self.mean, g, self.beta)
            s = s - self.mean**2
        if self.epsilon_outside:  # noqa: SIM108 - two conventions, a line each
            under = np.sqrt(s) + self.epsilon
        else:
            under = np.sqrt(s + self.epsilon)
        moved: FloatArray = lr * g / under
        if self.momentum:
            old = np.zeros_like(moved) if self.gathered is None else self.gathered
            self.gathered = moved = self.momentum * old + moved
        return (w - moved).astype(w.dtype)

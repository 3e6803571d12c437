"""Lion."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
)
from gradmark.reference.optimizers.moments import average


class Lion:
    """Lion: every weight moves by the rate, and the sign of an average tells which way.

    w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w),  then  m ← β₂ m + (1 − β₂) g

    `lr` (η ≥ 0) may be set between steps; `beta1` and `beta2` are in [0, 1); `weight_decay` is
    λ ≥ 0. `w` and `grad` (g) are real arrays of one shape, 0-d and empty included; the result has
    their common floating dtype (integers become float64); of float16, m is kept in float32. `m` is
    None before the first step, which starts from 0. sign(0) = 0; NaN propagates.

    Convention: β₁ mixes the direction, β₂ remembers, in this order, and the decay is decoupled, as
    in the paper, Keras, Optax, MLX and timm. Optax also has a smooth sign, tanh, and a refined one.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Lion(lr=0.5, beta1=0.5, beta2=0.75)
    >>> w = opt.step([1.0, 1.0], [4.0, -0.1])
    >>> print(w, opt.m)  # the size of the gradient is remembered, and not seen
    [0.5 1.5] [ 1.    -0.025]

    References
    ----------
    X. Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2.
    """

    def __init__(
        self,
        lr: float = 0.0001,
        beta1: float = 0.9,
        beta2: float = 0.99,
        weight_decay: float = 0.0,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.beta1 = decay_factor("beta1", beta1)
        self.beta2 = decay_factor("beta2", beta2)
        self.weight_decay = non_negative("weight_decay", weight_decay)
        self.m: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.m)
        lr = non_negative("lr", self.lr)
        direction: FloatArray = np.sign(average(self.m, g, self.beta1))
        self.m = average(self.m, g, self.beta2)
        return (w - lr * (direction + self.weight_decay * w)).astype(w.dtype)

"""Adam."""

import math

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    no_narrower_than_single,
    non_negative,
    weights_and_gradient,
)


def one_minus_power(beta: float, t: int) -> float:
    """Give 1 − βᵗ = −expm1(t log β): the difference itself cancels for β near 1, t small.

    Examples
    --------
    >>> one_minus_power(0.5, 1)
    0.5
    """
    return -math.expm1(t * math.log(beta)) if beta else 1.0


class Adam:
    """Adam: adaptive moment estimation.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ),
    w ← w − η m̂ / (√v̂ + ε)

    `lr` (η ≥ 0) may be set between steps; `beta1` and `beta2` are in [0, 1); `epsilon` is ε ≥ 0.
    `w` and `grad` (g) are real arrays of one shape, 0-d and empty included; the result has their
    common floating dtype (integers become float64); of float16, moments are kept in float32. `m`
    and `v` are None before the first step, which starts from 0; `t` counts steps. NaN and ±∞
    propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Convention: ε outside the root and after the bias correction, as in the article, the paper's
    Algorithm 1, PyTorch and Optax. Keras takes the paper's "epsilon hat", η √(1 − β₂ᵗ) /
    (1 − β₁ᵗ) · m / (√v + ε), which corrects no ε.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Adam(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([1.0], [4.0])  # m̂ = 4 and v̂ = 16: the first step is η sign(g)
    >>> print(w, opt.m, opt.v, opt.t)
    [0.5] [2.] [4.] 1

    References
    ----------
    Article, "Adam Optimizer". D. P. Kingma and J. Ba, "Adam: A Method for Stochastic
    Optimization", ICLR 2015.
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.beta1 = decay_factor("beta1", beta1)
        self.beta2 = decay_factor("beta2", beta2)
        self.epsilon = non_negative("epsilon", epsilon)
        self.m: FloatArray | None = None
        self.v: FloatArray | None = None
        self.t = 0

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = weights_and_gradient(w, grad, self.m)
        dtype, g = np.result_type(w, g), no_narrower_than_single(g)
        lr = non_negative("lr", self.lr)
        m = np.zeros_like(g) if self.m is None else self.m
        v = np.zeros_like(g) if self.v is None else self.v
        self.t += 1
        self.m = self.beta1 * m + (1 - self.beta1) * g
        self.v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = self.m / one_minus_power(self.beta1, self.t)
        v_hat = self.v / one_minus_power(self.beta2, self.t)
        return (w - lr * m_hat / (np.sqrt(v_hat) + self.epsilon)).astype(dtype)

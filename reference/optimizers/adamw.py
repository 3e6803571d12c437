"""AdamW."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    no_narrower_than_single,
    non_negative,
    weights_and_gradient,
)
from gradmark.reference.optimizers.adam import one_minus_power


class AdamW:
    """AdamW: Adam whose weights decay beside the step, not through the gradient.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ),
    w ← w − η (m̂ / (√v̂ + ε) + λ w)

    `weight_decay` is λ ≥ 0; everything else is as for `Adam`, which λ = 0 gives back. The moments
    know nothing of λ: weights with large gradients decay like all others.

    Convention: the decay is multiplied by the rate η, as in PyTorch, Optax and Keras. The paper
    writes η (α m̂ / (√v̂ + ε) + λ w) with a rate α and a multiplier η of the schedule, and leaves α
    out of the decay, as TensorFlow Addons does; MLX corrects no bias unless asked.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = AdamW(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0, weight_decay=0.25)
    >>> w = opt.step([2.0], [4.0])  # 2 − 0.5 (1 + 0.25 · 2)
    >>> print(w, opt.m, opt.v, opt.t)
    [1.25] [2.] [4.] 1

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.beta1 = decay_factor("beta1", beta1)
        self.beta2 = decay_factor("beta2", beta2)
        self.epsilon = non_negative("epsilon", epsilon)
        self.weight_decay = non_negative("weight_decay", weight_decay)
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
        step = m_hat / (np.sqrt(v_hat) + self.epsilon) + self.weight_decay * w
        return (w - lr * step).astype(dtype)

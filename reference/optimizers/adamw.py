"""AdamW."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative
from gradmark.reference.optimizers.moments import Moments


class AdamW(Moments):
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
        super().__init__(lr, beta1, beta2, epsilon)
        self.weight_decay = non_negative("weight_decay", weight_decay)

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        m_hat, v_hat = self.unbiased(m, v)
        step = m_hat / (np.sqrt(v_hat) + self.epsilon) + self.weight_decay * w
        return (w - lr * step).astype(w.dtype)

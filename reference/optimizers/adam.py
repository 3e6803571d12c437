"""Adam."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import Moments
from gradmark.reference.optimizers.steering import Steered


class Adam(Steered, Moments):
    """Adam: adaptive moment estimation.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ),
    w ← w − η m̂ / (√v̂ + ε)

    `lr` (η ≥ 0) may be set between steps; `beta1` and `beta2` are in [0, 1); `epsilon` is ε ≥ 0.
    `w` and `grad` (g) are real arrays of one shape, 0-d and empty included; the result has their
    common floating dtype (integers become float64); of float16, moments are kept in float32. `m`
    and `v` are None before the first step, which starts from 0; `t` counts steps. NaN and ±∞
    propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Options: `weight_decay` (λ ≥ 0) puts g + λ w in the place of g, the gradient of (λ/2) Σ w², and
    `maximize` puts −g there before. `amsgrad` divides by the greatest v so far,
    bias-corrected as v is.

    Convention: ε outside the root and after the bias correction, as in the article, the paper's
    Algorithm 1, PyTorch and Optax. Keras takes the paper's "epsilon hat", η √(1 − β₂ᵗ) /
    (1 − β₁ᵗ) · m / (√v + ε), which corrects no ε. The penalty is in the gradient, as in PyTorch;
    Keras decays beside the step, which is `AdamW`. `amsgrad` is PyTorch's: the paper, which is
    `AMSGrad`, corrects no bias, and Optax takes the greatest of what is corrected.

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
        *,
        weight_decay: float = 0.0,
        maximize: bool = False,
        amsgrad: bool = False,
    ) -> None:
        Moments.__init__(self, lr, beta1, beta2, epsilon)
        Steered.__init__(self, weight_decay, maximize=maximize)
        self.amsgrad = amsgrad
        self.greatest: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        if self.amsgrad:
            self.greatest = v = v if self.greatest is None else np.maximum(self.greatest, v)
        m_hat, v_hat = self.unbiased(m, v)
        return (w - lr * m_hat / (np.sqrt(v_hat) + self.epsilon)).astype(w.dtype)

"""Adam."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import Moments


class Adam(Moments):
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

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        m_hat, v_hat = self.unbiased(m, v)
        return (w - lr * m_hat / (np.sqrt(v_hat) + self.epsilon)).astype(w.dtype)

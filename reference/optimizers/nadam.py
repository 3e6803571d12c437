"""NAdam."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import Moments, average, one_minus_power


class NAdam(Moments):
    """NAdam: Adam with Nesterov's look-ahead in the first moment.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  v̂ = v / (1 − β₂ᵗ),
    m̂ = β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ),  w ← w − η m̂ / (√v̂ + ε)

    Hyperparameters, shapes, dtypes and what is not finite are as for `Adam`.

    Convention: one momentum, μ = β₁, as in Optax. The paper lets μₜ rise and names
    β₁ (1 − 0.96^(t/250) / 2), as PyTorch does; Keras has 0.96ᵗ. The workshop paper's algorithm
    prints β₂ v / (1 − β₂ᵗ) for v̂, which nobody follows.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = NAdam(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([1.0], [3.0])  # m = 1.5 and v̂ = 9: m̂ = 0.5·1.5/0.75 + 0.5·3/0.5 = 4
    >>> print(f"{w.item():.4f}", opt.m, opt.v, opt.t)  # 1 − 0.5·4/3
    0.3333 [1.5] [2.25] 1

    References
    ----------
    T. Dozat, "Incorporating Nesterov Momentum into Adam", ICLR 2016 workshop.
    """

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g, lr, m, v = self.meet(w, grad)
        now, ahead = (one_minus_power(self.beta1, t) for t in (self.t, self.t + 1))
        m_hat = average(m / ahead, g / now, self.beta1)
        _, v_hat = self.unbiased(m, v)
        return (w - lr * m_hat / (np.sqrt(v_hat) + self.epsilon)).astype(w.dtype)

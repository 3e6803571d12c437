"""RAdam."""

import math

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import Moments, one_minus_power


class RAdam(Moments):
    """RAdam: Adam that waits until its second moment can be trusted, and then is rectified.

    ρ∞ = 2 / (1 − β₂) − 1,  ρ = ρ∞ − 2t β₂ᵗ / (1 − β₂ᵗ),
    r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ)),
    w ← w − η r m̂ / (√v̂ + ε)  where ρ > 4, and  w ← w − η m̂  before

    Moments, hyperparameters, shapes, dtypes and what is not finite are as for `Adam`. Where
    β₂ ≤ 0.6, ρ never reaches 4, and every step is a plain one.

    Convention: the paper's threshold 4, and an ε, which the paper has not, after the bias
    correction. PyTorch and the authors' code take the threshold 5, and add ε before it; Optax
    takes 5, and adds ε after it. The authors' code makes no step at all before, unless it is asked.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = RAdam(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([1.0], [4.0])  # ρ = 7 − 6 = 1: a plain step by m̂ = 4
    >>> print(w, opt.m, opt.v, opt.t)
    [-1.] [2.] [4.] 1

    References
    ----------
    L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020,
    algorithm 2.
    """

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        m_hat, v_hat = self.unbiased(m, v)
        rho, longest = self._lengths()
        if rho > 4:
            r = (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)
            return (w - lr * math.sqrt(r) * m_hat / (np.sqrt(v_hat) + self.epsilon)).astype(w.dtype)
        return (w - lr * m_hat).astype(w.dtype)

    def _lengths(self) -> tuple[float, float]:
        """Tell how many gradients v is worth, and how many at most."""
        longest = 2 / (1 - self.beta2) - 1
        past = self.beta2**self.t / one_minus_power(self.beta2, self.t)
        return longest - 2 * self.t * past, longest

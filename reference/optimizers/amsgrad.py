"""AMSGrad."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import Moments


class AMSGrad(Moments):
    """AMSGrad: Adam that divides by the greatest second moment so far, so that no step grows again.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  v̂ ← max(v̂, v),  w ← w − η m / (√v̂ + ε)

    Hyperparameters, shapes, dtypes and what is not finite are as for `Adam`. `v_hat` (v̂) is None
    before the first step, which starts from 0.

    Convention: no bias is corrected, as in the paper, whose algorithm has no ε. PyTorch and Keras
    take the maximum of v and correct both moments then; Optax corrects first and takes the maximum
    of what it has corrected.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = AMSGrad(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([1.0], [4.0])  # m = 2 and v̂ = v = 4: the step is η
    >>> print(w, opt.step(w, [0.0]), opt.v, opt.v_hat)  # m = 1, v = 3: v̂ stays
    [0.5] [0.25] [3.] [4.]

    References
    ----------
    S. J. Reddi, S. Kale and S. Kumar, "On the Convergence of Adam and Beyond", ICLR 2018,
    algorithm 2.
    """

    v_hat: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        self.v_hat = v if self.v_hat is None else np.maximum(self.v_hat, v)
        return (w - lr * m / (np.sqrt(self.v_hat) + self.epsilon)).astype(w.dtype)

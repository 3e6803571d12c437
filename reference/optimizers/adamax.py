"""Adamax."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.optimizers.moments import FirstMoment, one_minus_power


class Adamax(FirstMoment):
    """Adamax: Adam whose steps are divided by a fading maximum of the gradients' sizes.

    m ← β₁ m + (1 − β₁) g,  u ← max(β₂ u, |g|),  w ← w − η m / ((1 − β₁ᵗ)(u + ε))

    Hyperparameters, shapes, dtypes and what is not finite are as for `Adam`. `u` is None before the
    first step, which starts from 0; no bias of it is corrected, as it has none.

    Convention: the paper has no ε; it is added to u, as in Keras and MLX. PyTorch and Optax
    remember it, u ← max(β₂ u, |g| + ε), and Paddle adds it to β₂ u. MLX corrects no bias of m.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Adamax(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([1.0], [4.0])  # m = 2 and u = 4: the first step is η sign(g)
    >>> print(w, opt.step(w, [0.0]), opt.u)  # m = 1 and u = 3
    [0.5] [0.27777778] [3.]

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 2.
    """

    def __init__(
        self,
        lr: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(lr, beta1, beta2, epsilon)
        self.u: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g, lr, m = self.take_in(w, grad)
        self.u = np.abs(g) if self.u is None else np.maximum(self.beta2 * self.u, np.abs(g))
        m_hat = m / one_minus_power(self.beta1, self.t)
        return (w - lr * m_hat / (self.u + self.epsilon)).astype(w.dtype)

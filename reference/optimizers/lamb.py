"""LAMB."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative
from gradmark.reference.lengths import norm
from gradmark.reference.optimizers.moments import Moments


class LAMB(Moments):
    """LAMB: Adam whose step is as long as the layer's weights, times the rate.

    u = m̂ / (√v̂ + ε) + λ w,  w ← w − η (‖w‖ / ‖u‖) u

    Moments, hyperparameters, shapes, dtypes and what is not finite are as for `Adam`;
    `weight_decay` is λ ≥ 0. ‖·‖ is the Euclidean norm of the whole array, which is one layer. Where
    ‖w‖ or ‖u‖ is 0 the ratio is 1, so that weights that start at 0 can leave it.

    Convention: the paper's φ is the identity, and the bias is corrected, as in Keras, Optax and
    TensorFlow Addons. timm corrects it too, but clips the gradient to a norm of 1 first, and takes
    the ratio for 1 where λ = 0.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = LAMB(lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
    >>> w = opt.step([3.0, 4.0], [1.0, -1.0])  # u = (1, −1): the step is 0.5 · 5/√2 · u
    >>> print(np.round(w, 4))
    [1.2322 5.7678]

    References
    ----------
    Y. You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
    ICLR 2020, algorithm 2.
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, beta1, beta2, epsilon)
        self.weight_decay = non_negative("weight_decay", weight_decay)

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, _, lr, m, v = self.meet(w, grad)
        m_hat, v_hat = self.unbiased(m, v)
        u: FloatArray = m_hat / (np.sqrt(v_hat) + self.epsilon) + self.weight_decay * w
        length, size = norm(w), norm(u)
        ratio = length / size if length and size else 1.0
        return (w - lr * ratio * u).astype(w.dtype)

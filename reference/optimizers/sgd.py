"""Stochastic gradient descent."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative, received
from gradmark.reference.optimizers.steering import Steered


class SGD(Steered):
    """Stochastic gradient descent.

    w ← w − η g

    `lr` (η ≥ 0) may be set between steps. `w` and `grad` (g) are real arrays of one shape, 0-d
    and empty included; the result has their common floating dtype (integers become float64).
    NaN and ±∞ propagate.

    Options: `weight_decay` (λ ≥ 0) puts g + λ w in the place of g, the gradient of (λ/2) Σ w², and
    `maximize` puts −g there before.

    Convention: none to choose; without momentum every framework has this step. The penalty is
    PyTorch's; Keras's `l2` is λ Σ w², whose gradient is 2λ w.

    Raises
    ------
    ValueError
        `lr` is negative or not finite (at once, or at the step after it was set); the shapes of
        `w` and `grad` differ.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(SGD(lr=0.5).step([1.0, 2.0], [1.0, -2.0]))
    [0.5 3. ]

    References
    ----------
    Article, "Gradient Descent Explained". H. Robbins and S. Monro, "A Stochastic Approximation
    Method", Ann. Math. Stat. 22, 1951.
    """

    def __init__(
        self, lr: float = 0.01, *, weight_decay: float = 0.0, maximize: bool = False
    ) -> None:
        super().__init__(weight_decay, maximize=maximize)
        self.lr = non_negative("lr", lr)

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad)
        return (w - non_negative("lr", self.lr) * self.steered(w, g)).astype(w.dtype)

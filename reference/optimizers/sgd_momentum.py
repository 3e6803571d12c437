"""Stochastic gradient descent with momentum."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative, weights_and_gradient
from gradmark.reference.optimizers.velocity import Velocity


class SGDMomentum(Velocity):
    """Stochastic gradient descent with momentum.

    v ← γ v + η g,  w ← w − v

    `lr` (η ≥ 0) may be set between steps; `momentum` is γ in [0, 1). `w` and `grad` (g) are real
    arrays of one shape, 0-d and empty included; the result has their common floating dtype
    (integers become float64). `velocity` (v) is None before the first step, which starts from
    v = 0. NaN and ±∞ propagate.

    Convention: the learning rate is INSIDE the velocity, as in the article, in Polyak's heavy
    ball and in Keras, so a new rate acts on new gradients alone. PyTorch and Optax have it
    outside, v ← γ v + g and w ← w − η v: the same while η is constant, different once it changes.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = SGDMomentum(lr=0.5, momentum=0.5)
    >>> w = opt.step([1.0], [1.0])  # v = 0.5
    >>> print(w, opt.step(w, [1.0]))  # v = 0.5·0.5 + 0.5·1 = 0.75
    [0.5] [-0.25]

    References
    ----------
    Article, "SGD with Momentum". B. T. Polyak, "Some methods of speeding up the convergence of
    iteration methods", USSR Comput. Math. Math. Phys. 4, 1964.
    """

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = weights_and_gradient(w, grad, self.velocity)
        lr = non_negative("lr", self.lr)
        self.velocity = self.faded(g) + lr * g
        return w - self.velocity

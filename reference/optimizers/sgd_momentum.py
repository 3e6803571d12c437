"""Stochastic gradient descent with momentum."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
)
from gradmark.reference.optimizers.steering import Steered
from gradmark.reference.optimizers.velocity import Velocity


class SGDMomentum(Velocity, Steered):
    """Stochastic gradient descent with momentum.

    v ← γ v + η g,  w ← w − v

    `lr` (η ≥ 0) may be set between steps; `momentum` is γ in [0, 1). `w` and `grad` (g) are real
    arrays of one shape, 0-d and empty included; the result has their common floating dtype
    (integers become float64); of float16, v is kept in float32. `velocity` (v) is None before the
    first step, which starts from v = 0. NaN and ±∞ propagate.

    Options: `weight_decay` (λ ≥ 0) puts g + λ w in the place of g, the gradient of (λ/2) Σ w², and
    `maximize` puts −g there before. `dampening` (d in [0, 1)) lets (1 − d) g into
    the velocity; `nesterov` steps ahead of it, w ← w − (γ v + (1 − d) η g).

    Convention: the learning rate is INSIDE the velocity, as in the article, in Polyak's heavy
    ball and in Keras, so a new rate acts on new gradients alone. PyTorch and Optax have it
    outside, v ← γ v + g and w ← w − η v: the same while η is constant, different once it changes.
    Each gradient is dampened; in Torch and PyTorch the first is not. The penalty is in the
    gradient, as in PyTorch; Keras decays beside the step, w ← (1 − ηλ) w − v.

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

    def __init__(
        self,
        lr: float = 0.01,
        momentum: float = 0.9,
        *,
        weight_decay: float = 0.0,
        maximize: bool = False,
        dampening: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        Velocity.__init__(self, lr, momentum)
        Steered.__init__(self, weight_decay, maximize=maximize)
        self.dampening = decay_factor("dampening", dampening)
        self.nesterov = nesterov

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.velocity)
        new = (1 - self.dampening) * non_negative("lr", self.lr) * self.steered(w, g)
        self.velocity = self.faded(g) + new
        moved = self.faded(g) + new if self.nesterov else self.velocity
        return (w - moved).astype(w.dtype)

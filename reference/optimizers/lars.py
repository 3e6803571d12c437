"""LARS."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative, received
from gradmark.reference.lengths import norm
from gradmark.reference.optimizers.velocity import Velocity


class LARS(Velocity):
    """LARS: momentum whose rate is scaled by how long a layer's weights and its gradient are.

    ρ = κ ‖w‖ / (‖g‖ + λ ‖w‖),  v ← μ v + η ρ (g + λ w),  w ← w − v

    `lr` (η ≥ 0) may be set between steps; `momentum` is μ in [0, 1); `weight_decay` is λ ≥ 0;
    `trust_coefficient` is κ ≥ 0. `w` and `grad` (g) are real arrays of one shape, 0-d and empty
    included; the result has their common floating dtype (integers become float64). ‖·‖ is the
    Euclidean norm of the whole array, which is one layer. Where ‖w‖ or ‖g‖ is 0, ρ is 1.
    `velocity` (v) is None before the first step, which starts from v = 0. NaN propagates.

    Convention: the rate stands inside the velocity, as in the paper. timm and pytorch_optimizer
    have it outside; Optax divides by ‖g + λ w‖; timm takes ρ for 1 where λ = 0, unless it is asked.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = LARS(lr=0.5, momentum=0.5, trust_coefficient=0.25)
    >>> w = opt.step([3.0, 4.0], [0.0, 2.0])  # ρ = 0.25 · 5/2
    >>> print(w, opt.velocity)
    [3.    3.375] [0.    0.625]

    References
    ----------
    Y. You, I. Gitman and B. Ginsburg, "Large Batch Training of Convolutional Networks",
    arXiv 1708.03888, 2017, algorithm 1.
    """

    def __init__(
        self,
        lr: float = 0.1,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 0.001,
    ) -> None:
        super().__init__(lr, momentum)
        self.weight_decay = non_negative("weight_decay", weight_decay)
        self.trust_coefficient = non_negative("trust_coefficient", trust_coefficient)

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.velocity)
        lr = non_negative("lr", self.lr)
        length, size, decay, trust = norm(w), norm(g), self.weight_decay, 1.0
        if length and size:
            trust = self.trust_coefficient * length / (size + decay * length)
        self.velocity = v = self.faded(g) + lr * trust * (g + decay * w)
        return (w - v).astype(w.dtype)

"""Nesterov's accelerated gradient."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative, received
from gradmark.reference.optimizers.velocity import Velocity


class Nesterov(Velocity):
    """Gradient descent with Nesterov's momentum: the velocity's next move is made ahead of time.

    v ← μ v − η g,  w ← w + μ v − η g

    `lr` (η ≥ 0) may be set between steps; `momentum` is μ in [0, 1). `w` and `grad` (g) are real
    arrays of one shape, 0-d and empty included; the result has their common floating dtype
    (integers become float64); of float16, v is kept in float32. `velocity` (v) is None before the
    first step, which starts from v = 0. NaN and ±∞ propagate. With μ = 0 it is gradient descent.

    Convention: the gradient is taken at the weights that are handed in, and the rate stands INSIDE
    the velocity, as in Keras. PyTorch, Optax and MLX have it outside, v ← μ v + g and
    w ← w − η (g + μ v). Sutskever et al. take the gradient at w + μ v, where w ← w + v then is the
    whole step.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Nesterov(lr=0.5, momentum=0.5)
    >>> w = opt.step([1.0], [1.0])  # v = −0.5, w = 1 − 0.25 − 0.5
    >>> print(w, opt.step(w, [1.0]))  # v = −0.75, w = 0.25 − 0.375 − 0.5
    [0.25] [-0.625]

    References
    ----------
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate
    O(1/k²)", Dokl. Akad. Nauk SSSR 269, 1983. I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On
    the importance of initialization and momentum in deep learning", ICML 2013. Y. Bengio,
    N. Boulanger-Lewandowski and R. Pascanu, "Advances in optimizing recurrent networks", ICASSP
    2013, for the step from the weights that are handed in.
    """

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.velocity)
        lr = non_negative("lr", self.lr)
        self.velocity = self.faded(g) - lr * g
        return (w + (self.momentum * self.velocity - lr * g)).astype(w.dtype)

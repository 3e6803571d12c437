"""Muon."""

import math

from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
    whole,
)
from gradmark.reference.lengths import norm
from gradmark.reference.optimizers.moments import average

A, B, C = 3.4445, -4.7750, 2.0315
EPSILON = 1e-7


class Muon:
    """Muon: momentum of a matrix, each of whose singular values is brought near 1.

    v ← μ v + (1 − μ) g,  u = μ v + (1 − μ) g,  X = u / (‖u‖ + 10⁻⁷),
    k times X ← 3.4445 X − 4.7750 X Xᵀ X + 2.0315 (X Xᵀ)² X,
    w ← w − η √max(1, rows / columns) X

    `lr` (η ≥ 0) may be set between steps; `momentum` is μ in [0, 1); `steps` is k, a whole number.
    `w` and `grad` (g) are real matrices of one shape, rows by columns, empty included; the result
    has their common floating dtype (integers become float64); of float16, v is kept and X iterated
    in float32. With `nesterov=False`, u is v; `weight_decay` is λ ≥ 0, of which η λ w is taken from
    the weights as well. ‖·‖ is the Euclidean norm of all entries. `v` is None before the first
    step, which starts from v = 0. NaN propagates, to every entry.

    Convention: v is an average, and u looks ahead as Nesterov's, as in the code that defined Muon;
    the text beside it sums, v ← μ v + g, which differs by the 10⁻⁷ alone. That code iterates in
    bfloat16, as PyTorch does. Keras sums, and scales by 0.2 √max(rows, columns); Optax has 10⁻⁸,
    frees u of its bias, and scales by √max(1, columns / rows); MLX is as here.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; `steps` is no whole number; `w` is no
        matrix; the shapes of `w` and `grad` differ, from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Muon(lr=0.5, momentum=0.5, steps=1)
    >>> w = opt.step([[1.0, 0.0]], [[4.0, 0.0]])  # X = 0.701 of (1, 0)
    >>> print(w.round(4), opt.v)
    [[0.6495 0.    ]] [[2. 0.]]

    References
    ----------
    K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024,
    kellerjordan.github.io/posts/muon, and github.com/KellerJordan/Muon.
    """

    def __init__(
        self,
        lr: float = 0.02,
        momentum: float = 0.95,
        steps: int = 5,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = True,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.momentum = decay_factor("momentum", momentum)
        self.steps = whole("steps", steps)
        self.weight_decay = non_negative("weight_decay", weight_decay)
        self.nesterov = nesterov
        self.v: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.v)
        if w.ndim != 2:
            raise ValueError(f"w: expected a matrix, got shape {w.shape}")
        lr = non_negative("lr", self.lr)
        self.v = v = average(self.v, g, self.momentum)
        rows, columns = w.shape
        scale = math.sqrt(max(1, rows / max(columns, 1)))
        u = average(v, g, self.momentum) if self.nesterov else v
        x = scale * near_orthogonal(u, self.steps)
        return (w - lr * (x + self.weight_decay * w if self.weight_decay else x)).astype(w.dtype)


def near_orthogonal(u: FloatArray, steps: int) -> FloatArray:
    """Give the matrix with u's singular vectors, and singular values that a quintic has iterated.

    Five steps bring what is above a hundredth of the norm to between 0.68 and 1.14.
    """
    x: FloatArray = u / (norm(u) + EPSILON)
    if u.shape[0] > u.shape[1]:
        return _iterated(x.T, steps).T
    return _iterated(x, steps)


def _iterated(x: FloatArray, steps: int) -> FloatArray:
    for _ in range(steps):
        gram = x @ x.T
        x = A * x + (B * gram + C * (gram @ gram)) @ x
    return x

"""Adafactor."""

import math

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, non_negative, positive, received
from gradmark.reference.lengths import norm
from gradmark.reference.optimizers.moments import average


class Adafactor:
    """Adafactor: Adam without a first moment, whose second is the product of a row and a column.

    β₂ₜ = 1 − t^−δ, and of a matrix, with means over columns and over rows,

    r ← β₂ₜ r + (1 − β₂ₜ) mean(g² + ε₁),  c ← β₂ₜ c + (1 − β₂ₜ) mean(g² + ε₁),  v = r cᵀ / mean(r),
    u = g / √v,  w ← w − η max(ε₂, RMS(w)) u / max(1, RMS(u) / d)

    `lr` (η ≥ 0) may be set between steps; `decay_exponent` is δ ≥ 0, `epsilon1` is ε₁ ≥ 0,
    `epsilon2` is ε₂ ≥ 0, `clip_threshold` is d > 0. `w` and `grad` (g) are real arrays of one
    shape, 0-d and empty included; the result has their common floating dtype (integers become
    float64). Of more than two axes the last two are the matrix; what has less has no r and c, and
    v ← β₂ₜ v + (1 − β₂ₜ) (g² + ε₁). RMS is the root of the mean of all squares. `r`, `c` and `v`
    are None before the first step, of which t is 1 and β₂ₜ is 0; of float16 they are kept in
    float32. NaN propagates; with ε₁ = 0 a gradient that was always 0 gives 0/0.

    Convention: the rate is given, in the place of the paper's relative step min(0.01, 1/√t), and is
    scaled by the weights as that is. The paper sums g² where this takes means: v is the same.
    PyTorch and Keras take min(η, 1/√t) for the rate, MLX and Transformers the relative step unless
    they are asked; PyTorch has ε₁ as a floor of √v; Optax factors no axis shorter than 128.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Adafactor(lr=0.5)
    >>> print(opt.step([[1.0, 1.0], [1.0, 1.0]], [[2.0, 1.0], [4.0, 2.0]]))  # a row times a column
    [[0.5 0.5]
     [0.5 0.5]]
    >>> print(opt.r.ravel(), opt.c)  # v = r c / 6.25
    [ 2.5 10. ] [[10.   2.5]]

    References
    ----------
    N. Shazeer and M. Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
    ICML 2018, algorithms 4 to 6.
    """

    def __init__(
        self,
        lr: float = 0.01,
        decay_exponent: float = 0.8,
        epsilon1: float = 1e-30,
        epsilon2: float = 1e-3,
        clip_threshold: float = 1.0,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.decay_exponent = non_negative("decay_exponent", decay_exponent)
        self.epsilon1 = non_negative("epsilon1", epsilon1)
        self.epsilon2 = non_negative("epsilon2", epsilon2)
        self.clip_threshold = positive("clip_threshold", clip_threshold)
        self.r: FloatArray | None = None
        self.c: FloatArray | None = None
        self.v: FloatArray | None = None
        self.t = 0

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.v)
        lr = non_negative("lr", self.lr)
        self.t += 1
        self.v = v = self._second_moment(g)
        u: FloatArray = g / np.sqrt(v)
        scale = max(self.epsilon2, _rms(w)) / max(1.0, _rms(u) / self.clip_threshold)
        return (w - lr * scale * u).astype(w.dtype)

    def _second_moment(self, g: FloatArray) -> FloatArray:
        """Give v, which a matrix has from its rows' and its columns' mean squares."""
        squares = g * g + self.epsilon1
        beta = 1 - self.t**-self.decay_exponent
        if g.ndim < 2 or not g.size:
            return average(self.v, squares, beta)
        self.r = r = average(self.r, np.mean(squares, axis=-1, keepdims=True), beta)
        self.c = c = average(self.c, np.mean(squares, axis=-2, keepdims=True), beta)
        # A share first: r c alone may overflow.
        v: FloatArray = r / np.mean(r, axis=-2, keepdims=True) * c
        return v


def _rms(x: FloatArray) -> float:
    """Give the root mean square of a whole array; that of none is 0."""
    return norm(x) / math.sqrt(max(x.size, 1))

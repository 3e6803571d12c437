"""Adadelta."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, decay_factor, non_negative, received
from gradmark.reference.optimizers.moments import mean_square


class Adadelta:
    """Adadelta: steps as long as those before, by the gradient's share of what gradients were.

    s ← ρ s + (1 − ρ) g²,  Δ = g √(d + ε) / √(s + ε),  d ← ρ d + (1 − ρ) Δ²,  w ← w − η Δ

    `lr` (η ≥ 0) may be set between steps; `rho` is ρ in [0, 1); `epsilon` is ε > 0, without which
    nothing ever moves. `w` and `grad` (g) are real arrays of one shape, 0-d and empty included; the
    result has their common floating dtype (integers become float64); of float16, the averages are
    kept in float32. `s` and `d` are None before the first step, which starts from 0. NaN and ±∞
    propagate; with ε = 0 a gradient that was always 0 gives 0/0.

    Convention: the paper has no rate, η = 1. All frameworks have one outside of what is remembered:
    d averages Δ², not (ηΔ)². Its default is 1 in PyTorch, 0.001 in Keras.

    Raises
    ------
    ValueError
        A hyperparameter is outside its range or not finite; the shapes of `w` and `grad` differ,
        from each other or from the steps before.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> opt = Adadelta(lr=1.0, rho=0.75, epsilon=1.0)
    >>> w = opt.step([1.0], [4.0])  # s = 4: Δ = 4 · 1/√5
    >>> print(f"{w.item():.4f}", opt.s, f"{opt.d.item():.2f}")
    -0.7889 [4.] 0.80

    References
    ----------
    M. D. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv 1212.5701, 2012, algorithm 1.
    """

    def __init__(self, lr: float = 1.0, rho: float = 0.9, epsilon: float = 1e-6) -> None:
        self.lr = non_negative("lr", lr)
        self.rho = decay_factor("rho", rho)
        self.epsilon = non_negative("epsilon", epsilon)
        self.s: FloatArray | None = None
        self.d: FloatArray | None = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> FloatArray:
        """Give the weights after one step."""
        w, g = received(w, grad, self.s)
        lr = non_negative("lr", self.lr)
        d = np.zeros_like(g) if self.d is None else self.d
        self.s = s = mean_square(self.s, g, self.rho)
        delta: FloatArray = np.sqrt(d + self.epsilon) / np.sqrt(s + self.epsilon) * g
        self.d = mean_square(d, delta, self.rho)
        return (w - lr * delta).astype(w.dtype)

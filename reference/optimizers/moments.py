"""What the steps of Adam's family are made of: two running averages, and a counter."""

import math

from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    decay_factor,
    non_negative,
    received,
)


def one_minus_power(beta: float, t: int) -> float:
    """Give 1 − βᵗ = −expm1(t log β): the difference itself cancels for β near 1, t small.

    Examples
    --------
    >>> one_minus_power(0.5, 1)
    0.5
    """
    return -math.expm1(t * math.log(beta)) if beta else 1.0


def average(old: FloatArray | None, new: FloatArray, beta: float) -> FloatArray:
    """Give β old + (1 − β) new; what is not there yet is 0.

    Examples
    --------
    >>> average(None, 4.0, 0.5), average(2.0, 4.0, 0.5)
    (2.0, 3.0)
    """
    return (1 - beta) * new if old is None else beta * old + (1 - beta) * new


def mean_square(old: FloatArray | None, g: FloatArray, beta: float) -> FloatArray:
    """Give β old + (1 − β) g²; what is not there yet is 0.

    Examples
    --------
    >>> mean_square(None, 4.0, 0.75)
    4.0
    """
    # (1 − β) g first: g² alone may overflow where the average does not.
    newest = (1 - beta) * g * g
    return newest if old is None else beta * old + newest


class FirstMoment:
    """The rate, the decays β₁ and β₂, ε, and the first moment m after t steps."""

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.lr = non_negative("lr", lr)
        self.beta1 = decay_factor("beta1", beta1)
        self.beta2 = decay_factor("beta2", beta2)
        self.epsilon = non_negative("epsilon", epsilon)
        self.m: FloatArray | None = None
        self.t = 0

    def steered(self, w: FloatArray, g: FloatArray) -> FloatArray:
        """Give the gradient as it is; an option may make something else of it."""
        del w
        return g

    def take_in(
        self, w: ArrayLike, grad: ArrayLike
    ) -> tuple[FloatArray, FloatArray, float, FloatArray]:
        """Take in a gradient: m ← β₁ m + (1 − β₁) g.

        Returns the weights in the dtype of the answer, the gradient, the rate and m.
        """
        w, g = received(w, grad, self.m)
        g = self.steered(w, g)
        lr = non_negative("lr", self.lr)
        self.t += 1
        self.m = m = average(self.m, g, self.beta1)
        return w, g, lr, m


class Moments(FirstMoment):
    """The second moment v, too."""

    v: FloatArray | None = None

    def meet(
        self, w: ArrayLike, grad: ArrayLike
    ) -> tuple[FloatArray, FloatArray, float, FloatArray, FloatArray]:
        """Take in a gradient, and its square: v ← β₂ v + (1 − β₂) g²; return v, too."""
        w, g, lr, m = self.take_in(w, grad)
        self.v = v = mean_square(self.v, g, self.beta2)
        return w, g, lr, m, v

    def unbiased(self, m: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free moments of their bias towards 0: m / (1 − β₁ᵗ), v / (1 − β₂ᵗ)."""
        return m / one_minus_power(self.beta1, self.t), v / one_minus_power(self.beta2, self.t)

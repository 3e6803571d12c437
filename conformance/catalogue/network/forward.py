"""What the network's loss and its gradients have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from gradmark.conformance.catalogue.activations import logistic, rectifier, zero_at_zero
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, Number, allowing, elementwise
from gradmark.harness.contract.dtypes import DTYPES

RUMELHART = "Rumelhart, Hinton and Williams 1986"
BACKPROP = f'Article, "Complete 2-Layer Backpropagation (NumPy)"; {RUMELHART}'

Gradients = tuple[Exact, Exact, Exact, Exact]


class Pass:
    """One pass through the network in a dtype, by the names of the article's listing."""

    def __init__(
        self, X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact, dtype: str
    ) -> None:
        self.X, self.y, self.W1, self.b1, self.W2, self.b2 = X, y, W1, b1, W2, b2
        self.dtype = dtype
        self.m, self.outputs = np.shape(y)
        self.z1 = X @ W1 + b1
        self.a1 = rectifier(self.z1)
        self.z2 = self.a1 @ W2 + b2

    @cached_property
    def a2(self) -> Exact:
        """The output."""
        return logistic(self.z2)

    @cached_property
    def stored_a2(self) -> Exact:
        """The output as a float holds it."""
        return stored(self.z2, self.dtype)

    @cached_property
    def dz2(self) -> Exact:
        """The error of the output, a2 − y."""
        return beside_one(self.a2 - self.y)

    def gradients(self, dz2: Exact, dz1: Exact) -> Gradients:
        """Sum the gradients of W1, b1, W2 and b2 over the samples."""
        return self.X.T @ dz1, _column_sums(dz1), self.a1.T @ dz2, _column_sums(dz2)

    def carried_back(self, dz2: Exact, slope: Body = zero_at_zero) -> Gradients:
        """Carry an error back through W2 and the hidden activation, and sum the gradients."""
        return self.gradients(dz2, dz2 @ self.W2.T * slope(self.z1))


def of_a_pass(body: Callable[[Pass], Exact]) -> Body:
    """Let a body be given the network's six arguments."""

    def given(
        X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact, *, dtype: str
    ) -> Exact:
        return body(Pass(X, y, W1, b1, W2, b2, dtype))

    return named(body.__name__, body.__doc__ or "", given)


def stored(z: Exact, dtype: str) -> Exact:
    """σ(z) as a float holds it: 1 where 1 + e^(−z) is 1, and 0 where it underflows."""
    beside, least = DTYPES[dtype].roundoff, DTYPES[dtype].smallest

    def one(v: Number) -> Exact:
        a = logistic(v)
        return Number(1) if logistic(-v) < beside else Number(0) if a < least else a

    return elementwise(one)(z)


def over(divisor: int, gradients: Gradients) -> Gradients:
    """Divide every gradient alike."""
    dW1, db1, dW2, db2 = gradients
    return dW1 / divisor, db1 / divisor, dW2 / divisor, db2 / divisor


def beside_one(x: Exact) -> Exact:
    """Allow for one roundoff of 1: what is sure and right stands beside a probability of 1."""
    return elementwise(lambda v: allowing(v, 1.0, scale=1.0))(x)


def _column_sums(x: Exact) -> Exact:
    return np.sum(x, axis=0, keepdims=True)

"""Fifty-digit arithmetic that carries its own error analysis, on NumPy arrays of `Number`.

An object array adds, multiplies, sums and matrix-multiplies its entries, so that a formula over
`Number` reads like its equation.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from conformance.truth import number
from conformance.truth.number import Number, mp, pi

# An object array of Number, or one Number: NumPy has no type for "array of this class".
Exact = Any


def elementwise(function: Callable[..., Any], inputs: int = 1) -> Callable[..., Exact]:
    """Let a function of single Numbers act on each entry of arrays."""
    return cast("Callable[..., Exact]", np.frompyfunc(function, inputs, 1))


exp = elementwise(number.exp)
log = elementwise(number.log)
log1p = elementwise(number.log1p)
cos = elementwise(number.cos)
sqrt = elementwise(number.sqrt)
maximum = elementwise(number.maximum, 2)
minimum = elementwise(number.minimum, 2)


def exact(values: Any) -> Exact:
    """Read finite floating-point data as the exact numbers that they are."""
    return elementwise(lambda x: Number(float(x)))(np.asarray(values))


def total(x: Exact) -> Exact:
    """The sum over all entries, one after another, which is the order with the widest bound."""
    return np.sum(x)


def mean(x: Exact) -> Exact:
    """The sum over all entries divided by their count."""
    return total(x) / np.size(x)


__all__ = [
    "Exact",
    "Number",
    "cos",
    "elementwise",
    "exact",
    "exp",
    "log",
    "log1p",
    "maximum",
    "mean",
    "minimum",
    "mp",
    "pi",
    "sqrt",
    "total",
]

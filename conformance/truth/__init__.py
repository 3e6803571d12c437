"""Fifty-digit arithmetic that carries its own error analysis, on NumPy arrays of `Number`.

An object array adds, multiplies, sums and matrix-multiplies its entries, so that a formula over
`Number` reads like its equation.
"""

from typing import Any

import numpy as np

from conformance.truth import number
from conformance.truth.number import Number, mp, pi

# An object array of Number, or one Number: NumPy has no type for "array of this class".
Exact = Any

exp = np.frompyfunc(number.exp, 1, 1)
log = np.frompyfunc(number.log, 1, 1)
log1p = np.frompyfunc(number.log1p, 1, 1)
cos = np.frompyfunc(number.cos, 1, 1)
sqrt = np.frompyfunc(number.sqrt, 1, 1)
maximum = np.frompyfunc(number.maximum, 2, 1)
minimum = np.frompyfunc(number.minimum, 2, 1)


def exact(values: Any) -> Exact:
    """Read finite floating-point data as the exact numbers that they are."""
    return np.frompyfunc(lambda x: Number(float(x)), 1, 1)(np.asarray(values))


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

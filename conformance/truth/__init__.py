"""Fifty-digit arithmetic that carries its own error analysis, on NumPy arrays of `Number`.

An object array adds, multiplies, sums and matrix-multiplies its entries, so that a formula over
`Number` reads like its equation.

The same formula runs on floats: every function here is NumPy's own where it is given nothing
exact, and a `Number` among computed numbers is a plain one (`live`). A known mistake can thus be
made a contender's, rounding and all.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from gradmark.conformance.truth import number
from gradmark.conformance.truth.live import computed, entrywise, in_floats
from gradmark.conformance.truth.number import ANYTHING, Constant, Number, allowing, pi, size
from gradmark.conformance.truth.numbers import Numbers
from gradmark.conformance.truth.reals import REAL, real
from gradmark.conformance.truth.symbol import Symbol

# An object array of Number, or one Number: NumPy has no type for "array of this class".
Exact = Any


def _single(*values: Any) -> bool:
    """Whether these are single exact numbers: then there are no entries to go through."""
    return all(isinstance(value, Number) for value in values)


def elementwise(function: Callable[..., Any], inputs: int = 1) -> Callable[..., Exact]:
    """Let a function of single numbers act on each entry of arrays."""
    exactly = np.frompyfunc(function, inputs, 1)

    def act(*values: Exact) -> Exact:
        if _single(*values):
            return function(*values)
        unknown = next((value for value in values if isinstance(value, Symbol)), None)
        if unknown is not None:
            return unknown.decided(function, *values)
        return entrywise(function, *values) if computed(*values) else exactly(*values)

    return act


def _either(
    exactly: Callable[..., Number], on_floats: Callable[..., Any], inputs: int = 1
) -> Callable[..., Exact]:
    """Let a function of single Numbers act on arrays of them, and another on floats."""
    on_entries = np.frompyfunc(exactly, inputs, 1)

    def act(*values: Exact) -> Exact:
        if _single(*values):
            return exactly(*values)
        unknown = next((value for value in values if isinstance(value, Symbol)), None)
        if unknown is not None:
            return unknown.applied(exactly.__name__, *values)
        return in_floats(on_floats, *values) if computed(*values) else on_entries(*values)

    return cast("Callable[..., Exact]", act)


def _of_math(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """Let a function that NumPy lacks act on floats, of which it keeps the dtype."""

    def act(x: Any) -> Any:
        x = np.asarray(x)
        return np.array([function(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)[()]

    return act


exp = _either(number.exp, np.exp)
log = _either(number.log, np.log)
log1p = _either(number.log1p, np.log1p)
left_of_one = _either(number.left_of_one, lambda x: x)
expm1 = _either(number.expm1, np.expm1)
tanh = _either(number.tanh, np.tanh)
sech2 = _either(number.sech2, lambda x: 1 - np.tanh(x) ** 2)
erf = _either(number.erf, _of_math(math.erf))
erfc = _either(number.erfc, _of_math(math.erfc))
cos = _either(number.cos, np.cos)
sqrt = _either(number.sqrt, np.sqrt)
power = _either(number.power, np.power, 2)
maximum = _either(number.maximum, np.maximum, 2)
minimum = _either(number.minimum, np.minimum, 2)


anything_allowed = elementwise(lambda x: allowing(x, ANYTHING))


def exact(values: Any, unit: float = 1.0) -> Exact:
    """Read floating-point data as the exact numbers that they are."""
    return elementwise(lambda x: Number(float(x), unit=unit))(np.asarray(values, dtype=object))


def total(x: Exact) -> Exact:
    """The sum over all entries, one after another, which is the order with the widest bound."""
    return np.sum(x)


def mean(x: Exact) -> Exact:
    """The sum over all entries divided by their count."""
    return total(x) / np.size(x)


__all__ = [
    "ANYTHING",
    "REAL",
    "Constant",
    "Exact",
    "Number",
    "Numbers",
    "allowing",
    "anything_allowed",
    "cos",
    "elementwise",
    "erf",
    "erfc",
    "exact",
    "exp",
    "expm1",
    "left_of_one",
    "log",
    "log1p",
    "maximum",
    "mean",
    "minimum",
    "pi",
    "power",
    "real",
    "sech2",
    "size",
    "sqrt",
    "tanh",
    "total",
]

"""A 50-digit number that knows how wrong a computer is allowed to be about it.

Every formula of the contract is written once over `Number`. Its `value` is the truth. Its `error`
is Wilkinson's running error bound: what the same operations, each rounded once, can lose, to first
order and in units of the roundoff u. One evaluation thus yields the expected value and the
tolerance, and neither comes from the code under test.

The bound is a condition number and an operation count in one: a subtraction of nearly equal
*computed* values widens it, a subtraction of exact inputs does not.

Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3 (running error
analysis, after Wilkinson).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import gmpy2
import numpy as np

from gradmark.conformance.truth.reals import DIGITS, REAL, Real, digits, real
from gradmark.conformance.truth.symbol import Symbol

INFINITY = float("inf")
NAN = float("nan")
FAR = 1e8  # e to this is out of range of every dtype, and its square within that of `REAL`
MPFR = type(gmpy2.mpfr(0))
COMPUTED = (np.ndarray, np.generic)
OTHERS = (*COMPUTED, Symbol)  # what knows how to reckon with a Number
add, subtract, multiply, divide = REAL.add, REAL.sub, REAL.mul, REAL.div

Operand = Any  # a Number, a plain number, or an object array of Number


class Number:
    """An exact value, the first-order error (in u) of computing it, and the magnitude it came from.

    `scale` is the largest magnitude met on the way, brought to the size of this value: it equals
    ``abs(value)`` unless terms that carry an error cancelled. Errors in ULPs are counted at this
    scale, so that a sum that happens to vanish is not held to an accuracy that no arithmetic has.

    `magnitude` is ``abs(value)``, rounded to float64.

    `unit` is the roundoff of the arithmetic this number takes part in, in units of u: 1 for data,
    0 for a small integer, and 2⁻²⁹ for a hyperparameter of a float32 run, since
    hyperparameters are Python floats and what is formed from them alone is formed in float64.

    NaN and the infinities follow IEEE 754, with one zero: x / 0 has the sign of x.
    """

    __slots__ = ("error", "magnitude", "scale", "unit", "value")

    def __init__(
        self, value: Any, error: float = 0.0, scale: float | None = None, unit: float = 1.0
    ) -> None:
        self.value = value = value if type(value) is MPFR else real(value)
        self.magnitude = size = abs(float(value))
        # 0 · ∞ arises where an infinity meets what is exact, and an infinity has no error.
        self.error = error if error == error and value.is_finite() else 0.0
        self.scale = size if scale is None or scale != scale else scale
        self.unit = unit

    def __repr__(self) -> str:
        return f"Number({self.value:.20g}, error={self.error:.3g}u)"

    def __float__(self) -> float:
        return float(self.value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Be an entry among exact numbers, and a plain number among computed ones."""
        read: Callable[[Number], Any] = _entry
        for x in inputs:
            if isinstance(x, Symbol):
                return NotImplemented
            if isinstance(x, COMPUTED) and x.dtype.kind in "fV":  # V: of another package
                read = float
        given = [read(x) if isinstance(x, Number) else x for x in inputs]
        return getattr(ufunc, method)(*given, **options)

    def __neg__(self) -> Number:
        return _made(REAL.minus(self.value), self.magnitude, self.error, self.scale, self.unit)

    def __add__(self, other: Operand) -> Number:
        if not isinstance(other, Number):
            if isinstance(other, OTHERS):
                return NotImplemented  # NumPy's own adds itself: `__array_ufunc__`
            other = number(other)
        return _sum(self, other, add(self.value, other.value))

    def __sub__(self, other: Operand) -> Number:
        if not isinstance(other, Number):
            if isinstance(other, OTHERS):
                return NotImplemented
            other = number(other)
        return _sum(self, other, subtract(self.value, other.value))

    def __mul__(self, other: Operand) -> Number:
        if not isinstance(other, Number):
            if isinstance(other, OTHERS):
                return NotImplemented
            other = number(other)
        value = multiply(self.value, other.value)
        unit = self.unit if self.unit >= other.unit else other.unit
        a, b, size = self.magnitude, other.magnitude, abs(float(value))
        error = self.error * b + a * other.error + unit * size
        return _made(value, size, error, max(self.scale * b, a * other.scale), unit)

    def __truediv__(self, other: Operand) -> Number:
        if not isinstance(other, Number):
            if isinstance(other, OTHERS):
                return NotImplemented
            other = number(other)
        if not other.value:
            return Number(multiply(self.value, INFINITY))
        value = divide(self.value, other.value)
        unit = self.unit if self.unit >= other.unit else other.unit
        b, q = other.magnitude, abs(float(value))
        error = self.error / b + q * other.error / b + unit * q
        return _made(value, q, error, max(self.scale / b, q * other.scale / b), unit)

    def __pow__(self, exponent: int) -> Number:
        value = REAL.pow(self.value, exponent)
        beside = REAL.pow(self.value, exponent - 1) if exponent else 0
        power = _through(self, value, multiply(exponent, beside))
        if exponent > 0:  # a power is a product, and keeps the magnitude that its base came from
            power.scale = abs(float(beside)) * self.scale
        return power

    def __radd__(self, other: float) -> Number:
        return number(other) + self

    def __rsub__(self, other: float) -> Number:
        return number(other) - self

    def __rmul__(self, other: float) -> Number:
        return number(other) * self

    def __rtruediv__(self, other: float) -> Number:
        return number(other) / self

    def __abs__(self) -> Number:
        return -self if self.value < 0 else self

    def __lt__(self, other: Number | float) -> bool:
        return bool(self.value < number(other).value)

    def __le__(self, other: Number | float) -> bool:
        return bool(self.value <= number(other).value)

    def __gt__(self, other: Number | float) -> bool:
        return bool(self.value > number(other).value)

    def __ge__(self, other: Number | float) -> bool:
        return bool(self.value >= number(other).value)


class Constant(Number):
    """A number of a formula's own; evaluated, to 50 digits, when it is first used."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Number]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:  # what has no value yet
        if name not in Number.__slots__:
            raise AttributeError(name)
        with digits(DIGITS):
            made = self._make()
        for slot in Number.__slots__:
            setattr(self, slot, getattr(made, slot))
        return getattr(made, name)


def number(x: Number | float) -> Number:
    """Read a plain number of a formula (the 2 in a square, the 1 in 1 − β) as an exact one."""
    if isinstance(x, Number | Symbol):
        return x
    return _literal(x) if type(x) in (int, float) else Number(x, unit=0.0)


@lru_cache(maxsize=1024)
def _literal(x: float) -> Number:
    return Number(x, unit=0.0)


def _entry(x: Number) -> np.ndarray:
    among = np.empty((), object)
    among[()] = x
    return among


def _made(value: Real, size: float, error: float, scale: float, unit: float) -> Number:
    """Make a number of what an operation has worked out: `Number`, without its conversions."""
    made = object.__new__(Number)
    made.value, made.magnitude, made.unit = value, size, unit
    known = error == error and (size < INFINITY or value.is_finite())
    made.error = error if known else 0.0
    made.scale = scale if scale == scale else size
    return made


def _sum(a: Number, b: Number, value: Real) -> Number:
    """The sum or the difference of two numbers, which is `value`."""
    unit = a.unit if a.unit >= b.unit else b.unit
    scale = size = abs(float(value))
    # A sum with an exact zero in it is exact in floating point too.
    rounding = unit * size if a.value and b.value else 0.0
    # What is exact may cancel without loss.
    if a.error and a.scale > scale:
        scale = a.scale
    if b.error and b.scale > scale:
        scale = b.scale
    return _made(value, size, a.error + b.error + rounding, scale, unit)


def _through(x: Number, value: Real, slope: Real) -> Number:
    """The image of x under a smooth function with this value and slope, rounded once."""
    carried = abs(float(slope)) * x.error if x.error else 0.0
    size = abs(float(value))
    return _made(value, size, carried + x.unit * size, size, x.unit)


def _tame(x: Real, most: float = FAR) -> Real:
    """Bring what is too large for an exponential to where that is neither zero nor infinite.

    It is so no less for any dtype, and a sum with it is still rounded.
    """
    tame = -most <= x <= most or not x.is_finite()
    return x if tame else real(math.copysign(most, x))


def exp(x: Number | float) -> Number:
    """The exponential."""
    x = number(x)
    value = REAL.exp(_tame(x.value))
    return _through(x, value, value)


def expm1(x: Number | float) -> Number:
    """exp(x) − 1, whole near zero."""
    x = number(x)
    at = _tame(x.value)
    return _through(x, REAL.expm1(at), REAL.exp(at))


def log(x: Number | float) -> Number:
    """The natural logarithm: −∞ at zero, NaN below."""
    x = number(x)
    if not x.value > 0:
        return Number(NAN if x.value else -INFINITY)
    value = REAL.log(x.value)
    if abs(float(value)) > FAR / 2:  # of what `_tame` has cut off
        value = multiply(value, INFINITY)
    return _through(x, value, divide(1, x.value))


OF_A_TIE = 8.0  # roundings, as many as an answer may err by
_formed_in: list[str] = []  # the dtype that log1p forms 1 + x in, where it loses digits on purpose


@contextmanager
def forming_one_plus(dtype: str) -> Iterator[None]:
    """Let log1p(x) be what log(1 + x) is where the sum is rounded to a dtype, and `left_of_one`."""
    _formed_in.append(dtype)
    try:
        yield
    finally:
        _formed_in.pop()


def _rounded_sum(whole: Number, dtype: str) -> Number:
    """Round a sum near 1 to a dtype; next to a tie, either way."""
    unit = float(np.spacing(np.asarray(1, dtype))) / 2
    off = OF_A_TIE * whole.error * unit
    low, high = (float(np.asarray(float(whole) + way * off, dtype)) for way in (-1, 1))
    return Number((low + high) / 2, error=(high - low) / 2 / unit, unit=whole.unit)


def left_of_one(x: Number | float) -> Number:
    """x; where sums near 1 are rounded on purpose, what 1 − (1 − x) leaves of it."""
    x = number(x)
    return 1 - _rounded_sum(1 - x, _formed_in[-1]) if _formed_in else x


def log1p(x: Number | float) -> Number:
    """log(1 + x), whole near zero: −∞ at −1, NaN below."""
    x = number(x)
    if _formed_in:
        return log(_rounded_sum(1 + x, _formed_in[-1]))
    if not x.value > -1:
        return Number(-INFINITY if x.value == -1 else NAN)
    return _through(x, REAL.log1p(x.value), divide(1, add(1, x.value)))


def tanh(x: Number | float) -> Number:
    """The hyperbolic tangent."""
    x = number(x)
    return _through(x, REAL.tanh(x.value), REAL.square(REAL.sech(_tame(x.value))))


def sech2(x: Number | float) -> Number:
    """1 − tanh² x, whole in the tails: tanh's slope, and as wrong as that difference may be."""
    x = number(x)
    value = REAL.square(REAL.sech(_tame(x.value)))
    wide = tanh(x)
    computed = 1 - wide * wide
    return _made(value, abs(float(value)), computed.error, abs(float(value)), x.unit)


def erf(x: Number | float) -> Number:
    """The error function."""
    x = number(x)
    return _through(x, REAL.erf(x.value), _bell(x.value))


def erfc(x: Number | float) -> Number:
    """1 − erf x, whole where that is next to zero."""
    x = number(x)
    at = _tame(x.value, math.sqrt(FAR))
    return _through(x, REAL.erfc(at), _bell(at))


def _bell(x: Real) -> Real:
    height = divide(2, REAL.sqrt(REAL.const_pi()))
    return multiply(height, REAL.exp(_tame(REAL.minus(REAL.square(x)))))


def cos(x: Number | float) -> Number:
    """The cosine."""
    x = number(x)
    return _through(x, REAL.cos(x.value), REAL.sin(x.value))


def sqrt(x: Number | float) -> Number:
    """The square root; its slope is infinite at zero, where the error is the root of the error."""
    x = number(x)
    root = REAL.sqrt(x.value)
    if not root:
        return Number(0, x.error**0.5, unit=x.unit)
    return _through(x, root, divide(1, multiply(2, root)))


def power(x: Number | float, exponent: Number | float) -> Number:
    """A real power, rounded once; of what is below zero NaN, but for whole exponents."""
    x, exponent = number(x), number(exponent)
    value = REAL.pow(x.value, exponent.value)
    if not x.value or value.is_nan():
        return Number(abs(float(value)))
    made = _through(x, value, divide(multiply(exponent.value, value), x.value))
    if exponent.error:
        slope = multiply(value, REAL.log(REAL.abs(x.value)))
        made.error += abs(float(slope)) * exponent.error
    return made


def maximum(a: Number | float, b: Number | float) -> Number:
    """The greater of two, an operation without rounding; NaN if either is."""
    a, b = number(a), number(b)
    return a if a >= b or a.value.is_nan() else b


def minimum(a: Number | float, b: Number | float) -> Number:
    """The smaller of two, an operation without rounding; NaN if either is."""
    a, b = number(a), number(b)
    return a if a <= b or a.value.is_nan() else b


ANYTHING = 1e300  # an error that refutes no answer, NaN and the infinities included


def allowing(x: Any, error: float, scale: float = 0.0) -> Any:
    """The same number, with more error allowed; a computed one has its error already."""
    if not isinstance(x, Number):
        return x
    return Number(x.value, x.error + error, max(x.scale, scale))


def size(x: Any) -> float:
    """How large a number is; nothing of which nothing is known."""
    return 0.0 if isinstance(x, Symbol) else abs(float(x))


_typed_pi: list[float] = []


@contextmanager
def typing_pi(value: float) -> Iterator[None]:
    """Let π be what somebody types for it."""
    _typed_pi.append(value)
    try:
        yield
    finally:
        _typed_pi.pop()


def pi() -> Number:
    """The circle's constant to 50 digits, which a computer has to round."""
    if _typed_pi:
        return Number(_typed_pi[-1])
    return _pi(REAL.precision)


@cache
def _pi(_bits: int) -> Number:
    value = REAL.const_pi()
    return Number(value, float(value))

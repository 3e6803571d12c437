"""How numbers are spelled in a vector file: alike on every machine, exactly read back.

Only integers and Python's `decimal` are used on the way: how a library turns its numbers into
floats or digits is its own affair, and may change from one release to the next.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from gradmark.conformance.truth import REAL, Number
from gradmark.conformance.truth.reals import Real
from gradmark.harness.contract.dtypes import DTYPES, tiny

DIGITS = 50  # what a file holds
WORKING = 60  # what it is evaluated with, so that the fifty are right
BOUND_DIGITS = 6  # of a bound more would say nothing


def hexadecimal(number: float) -> str:
    """Spell a binary number exactly: 0.1 is 0x1.999999999999ap-4."""
    return float(number).hex()


def given(value: float) -> str | int:
    """Spell one of Python's numbers: a float in hexadecimal, an integer as itself."""
    return value if isinstance(value, int) else hexadecimal(value)


def nearest(value: Real, dtype: str) -> float:
    """Round a real number to a dtype, once, ties to even."""
    if not value.is_finite():
        return float(value)
    its = DTYPES[dtype]
    exponent, _ = REAL.frexp(value)  # value = m 2^exponent, ½ ≤ |m| < 1
    if exponent <= its.lowest - its.digits:  # less than half of the smallest: no need to spell it
        return math.copysign(0.0, value)
    if exponent > its.highest:
        return math.copysign(math.inf, value)
    last = Fraction(2) ** max(exponent - its.digits, its.lowest + 1 - its.digits)
    rounded = round(_exactly(value) / last) * last
    if abs(rounded) > Fraction(its.largest):
        return math.inf if rounded > 0 else -math.inf
    return float(rounded)


def decimal(value: Real) -> str:
    """Spell a real number with as many digits as a file holds."""
    if not value.is_finite():
        return hexadecimal(value)  # nan, inf and -inf have no digits
    top, bottom = _exactly(value).as_integer_ratio()
    return str(Context(prec=DIGITS).divide(Decimal(top), Decimal(bottom)))


def _exactly(value: Real) -> Fraction:
    return Fraction(*map(int, value.as_integer_ratio()))


def bound(number: Number) -> float | str:
    """Spell the running error bound of a number, in units of u."""
    if not math.isfinite(number.error):
        return hexadecimal(number.error)
    return float(f"{number.error:.{BOUND_DIGITS}g}")


def last_place(number: Number, dtype: str) -> int | None:
    """Return e where 2^e is one ulp at the scale of a number; None if that overflows the dtype."""
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.asarray(max(number.scale, tiny(dtype)), dtype)
        ulp = float(np.spacing(scale))
    return math.frexp(ulp)[1] - 1 if math.isfinite(ulp) else None

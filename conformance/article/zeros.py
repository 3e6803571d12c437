"""Every zero of a function, with a proof that there is no other."""

from collections.abc import Callable
from typing import Any, TypeAlias

import mpmath

# f(m, w) with the sines and cosines of m: mpmath.mp for numbers, mpmath.iv for intervals
Formula: TypeAlias = Callable[[Any, Any], Any]

DIGITS = 50
TOO_SMALL = 1e-9  # a cell in which a double zero, or one at its end, cannot be told from none
SPLIT = 0.4871  # not the middle: zeros are often at round numbers, and a split must not hit one


def zeros(f: Formula, derivative: Formula, low: float, high: float) -> list[Any]:
    """Find all zeros of f in [low, high] to 50 digits, in order.

    Interval arithmetic encloses the values of f on a whole cell. A cell without 0 among them
    holds no zero; one where f′ ≠ 0 holds one at most, and does if f changes sign; any other is
    split. So none is missed and none is found twice.

    Raises
    ------
    ArithmeticError
        A zero is double, or too close to the end of a cell to decide.

    Examples
    --------
    >>> [print(mpmath.nstr(w, 8)) for w in zeros(lambda m, w: w + m.cos(4 * w),
    ...                                          lambda m, w: 1 - 4 * m.sin(4 * w), -1, 1)]
    -0.31308831
    0.53333306
    0.89882622
    [None, None, None]

    References
    ----------
    R. E. Moore, "Interval Analysis" (1966).
    """
    iv = mpmath.iv
    waiting, found = [(float(low), float(high))], []
    while waiting:
        a, b = waiting.pop()
        cell = iv.mpf([a, b])
        if 0 not in f(iv, cell):
            continue
        if 0 in derivative(iv, cell):
            if b - a < TOO_SMALL:
                raise ArithmeticError(f"f: expected simple zeros, cannot decide on [{a}, {b}]")
            middle = a + SPLIT * (b - a)
            waiting += [(a, middle), (middle, b)]
            continue
        ends = f(iv, iv.mpf(a)), f(iv, iv.mpf(b))
        if any(0 in end for end in ends):
            raise ArithmeticError(f"f: expected no zero at the end of a cell, got [{a}, {b}]")
        if (ends[0] > 0) != (ends[1] > 0):
            found.append((a, b))
    with mpmath.workdps(DIGITS):
        return [
            mpmath.findroot(lambda w: f(mpmath.mp, w), ends, solver="anderson", tol=1e-80)
            for ends in sorted(found)
        ]

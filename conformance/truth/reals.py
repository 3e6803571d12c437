"""Real numbers of fifty digits, each operation rounded once: MPFR's, by way of gmpy2.

They are computed with through a context of our own, `REAL`, never by their operators: those round
as the running thread's context says, which is the user's, and 53 bits wide if he said nothing.

What exceeds 2^(2^30) is an infinity, and one over that is zero.

Source: Fousse, Hanrot, Lefèvre, Pélissier and Zimmermann, MPFR: a multiple-precision binary
floating-point library with correct rounding, ACM Trans. Math. Softw. 33 (2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gmpy2

DIGITS = 50
EXACTLY = 1  # to `gmpy2.mpfr`: as many bits as the number has

Real = Any  # gmpy2's mpfr


def _bits(digits: int) -> int:
    """Return how many bits hold so many decimals, and one more."""
    return round((digits + 1) * 3.3219280948873626)  # log2(10)


REAL: Any = gmpy2.context(precision=_bits(DIGITS))


@contextmanager
def digits(count: int) -> Iterator[None]:
    """Compute with so many digits for a while."""
    before = REAL.precision
    REAL.precision = _bits(count)
    try:
        yield
    finally:
        REAL.precision = before


def real(x: Any) -> Real:
    """Read a number: exactly if it is binary; a text or a fraction to as many digits as there are.

    >>> float(REAL.mul(real("0.1"), 10))
    1.0
    """
    return gmpy2.mpfr(x, EXACTLY if isinstance(x, int) else REAL.precision)

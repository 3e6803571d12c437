"""The truth's numbers in mpmath, whose arithmetic is another than theirs."""

from __future__ import annotations

from typing import Any

import mpmath

mp: Any = mpmath.mp.clone()
mp.dps = 80


def in_mpmath(value: Any) -> Any:
    """Read a real number exactly."""
    if not value.is_finite():
        return mp.mpf(float(value))
    mantissa, exponent = value.as_mantissa_exp()
    return mp.ldexp(int(mantissa), int(exponent))

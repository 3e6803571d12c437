"""How a property compares two sides, and how it differentiates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from conformance.tolerances import PROPERTY, roundoff, tiny


def agree(
    got: ArrayLike, expected: ArrayLike, within: str, dtype: str, *, scale: ArrayLike = 1.0
) -> None:
    """Assert |got − expected| ≤ factor · u · scale, entry by entry.

    `within` is a row of `conformance.tolerances.PROPERTY`, u the roundoff of the dtype, and
    `scale` the largest magnitude that was rounded on the way. NaN agrees with nothing.
    """
    actual, wanted = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    assert actual.shape == wanted.shape, f"expected shape {wanted.shape}, got {actual.shape}"
    factor = PROPERTY[within].factor
    allowed = np.broadcast_to(
        factor * (roundoff(dtype) * np.asarray(scale) + tiny(dtype)), wanted.shape
    )
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is NaN, which fails below unless both are equal
        fine = (actual == wanted) | (np.abs(actual - wanted) <= allowed)
    if np.all(fine):
        return
    at = tuple(int(i) for i in np.argwhere(~fine)[0])
    where = f" at {at}" if at else ""
    raise AssertionError(
        f"expected {wanted[at]!s} ± {allowed[at]:.2g} ({within}){where}, got {actual[at]!s}"
    )


def step(dtype: str) -> float:
    """The step of a central difference: the power of two nearest u^⅓.

    The truncation h²|f‴|/6 and the rounding u|f|/h are then both of order u/h.
    """
    return float(2.0 ** round(np.log2(roundoff(dtype)) / 3))


def central_difference(f: Callable[[Any], float], x: ArrayLike, h: float) -> np.ndarray:
    """Differentiate a number in every entry of x: (f(x + h eᵢ) − f(x − h eᵢ)) / 2h."""
    point = np.asarray(x, dtype=float)
    slope = np.empty_like(point)
    for i in np.ndindex(point.shape):
        nudge = np.zeros_like(point)
        nudge[i] = h
        slope[i] = (f(point + nudge) - f(point - nudge)) / (2 * h)
    return slope

"""How a property compares two sides, and how it differentiates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.harness.contract.dtypes import USUAL, roundoff, tiny


def tolerance(within: str, dtype: str, scale: Any = 1.0) -> Any:
    """How far two sides may be apart: factor · u · scale, plus what may be flushed to zero.

    `within` is a row of `judging.tolerances.PROPERTY`, u the roundoff of the dtype, and `scale`
    the largest magnitude that was rounded on the way.
    """
    return PROPERTY[within].within(dtype) * (roundoff(dtype) * scale + tiny(dtype))


def agree(
    got: ArrayLike, expected: ArrayLike, within: str, dtype: str, *, scale: ArrayLike = 1.0
) -> None:
    """Assert |got − expected| ≤ `tolerance`, entry by entry; NaN agrees with nothing."""
    actual, wanted = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    assert actual.shape == wanted.shape, f"expected shape {wanted.shape}, got {actual.shape}"
    size = np.asarray(scale)
    if dtype not in USUAL:  # "exact" has no scale of its own, and is rounded there
        size = np.maximum(size, abs(wanted))
    allowed = np.broadcast_to(tolerance(within, dtype, size), wanted.shape)
    with np.errstate(invalid="ignore"):  # ∞ − ∞: equal infinities agree, others do not
        fine = (actual == wanted) | (np.abs(actual - wanted) <= allowed)
    if np.all(fine):
        return
    at = tuple(int(i) for i in np.argwhere(~fine)[0])
    where = f" at {at}" if at else ""
    raise AssertionError(
        f"expected {wanted[at]!s} ± {allowed[at]:.2g} ({within}){where}, got {actual[at]!s}"
    )


def step(dtype: str) -> float:
    """The step h of a central difference: the power of two nearest u^⅓.

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

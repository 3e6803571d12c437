"""Many exact numbers as arrays: what answers are compared with, and what is kept in a file.

A value is the unevaluated sum of two doubles, value = high + low with high = fl(value) and
low = fl(value − high): 106 bits (Dekker 1971). That is far beyond what a difference from a computed
number shows of it. For a double x, x − high is exact where the two are close (Sterbenz), and then
|x − value| = |(x − high) − low| is known to a relative 2⁻⁵²; where they are not, the first
subtraction rounds once. What exceeds the largest double is the infinity that it is in any dtype;
what is below the smallest is zero, and the tolerances' `tiny` is far above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gradmark.conformance.truth.number import ANYTHING, Number
from gradmark.conformance.truth.reals import REAL

ROWS = 4  # high, low, error, scale


class Numbers:
    """An array of `Number`: their values as double-doubles, their errors and scales.

    Parameters
    ----------
    rows : array of float64, shape (4, n)
        high, low, error and scale, one column for each number.

    Examples
    --------
    >>> third = Numbers.of([Number(1) / 3])
    >>> third.high, third.low
    (array([0.33333333]), array([1.85037171e-17]))
    """

    __slots__ = ("rows",)

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    @classmethod
    def of(cls, numbers: Iterable[Number]) -> Numbers:
        """Read exact numbers."""
        columns = [_column(number) for number in numbers]
        return cls(np.array(columns, float).reshape(len(columns), ROWS).T)

    @classmethod
    def joined(cls, parts: Sequence[Numbers]) -> Numbers:
        """Put several arrays one behind another."""
        if len(parts) == 1:
            return parts[0]
        return cls(np.concatenate([np.empty((ROWS, 0)), *(part.rows for part in parts)], axis=1))

    def __len__(self) -> int:
        return int(self.rows.shape[1])

    def __getitem__(self, at: slice | np.ndarray) -> Numbers:
        return Numbers(self.rows[:, at])

    @property
    def high(self) -> np.ndarray:
        """The values, rounded to float64."""
        row: np.ndarray = self.rows[0]
        return row

    @property
    def low(self) -> np.ndarray:
        """What rounding to float64 leaves of the values."""
        row: np.ndarray = self.rows[1]
        return row

    @property
    def error(self) -> np.ndarray:
        """The running error bounds, in units of the roundoff."""
        row: np.ndarray = self.rows[2]
        return row

    @property
    def scale(self) -> np.ndarray:
        """The largest magnitudes met on the way."""
        row: np.ndarray = self.rows[3]
        return row

    @property
    def undefined(self) -> np.ndarray:
        """Which of them are 0 / 0 where a number was due, so that they refute no answer."""
        no_number: np.ndarray = np.isnan(self.high) & (self.error >= ANYTHING)
        return no_number


def _column(number: Number) -> tuple[float, float, float, float]:
    high = float(number.value) + 0.0  # a zero has no sign
    finite = high - high == 0
    low = float(REAL.sub(number.value, high)) if finite else 0.0
    return high, low, number.error, number.scale


def distance(x: np.ndarray, true: Numbers) -> np.ndarray:
    """|x − value|, for finite x and values.

    >>> float(distance(np.array([1 / 3]), Numbers.of([Number(1) / 3]))[0]) * 2**54
    0.3333333333333333
    """
    with np.errstate(over="ignore"):  # the distance of two doubles may exceed them
        off: np.ndarray = np.abs((x - true.high) - true.low)
    return off


__all__ = ["ROWS", "Numbers", "distance"]

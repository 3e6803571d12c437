"""The dtypes that formulas are judged in, as data: one more is one more row.

`roundoff` is half the distance from 1 to the next number; `tiny` the smallest normal number, below
which hardware and libraries may flush to zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Dtype:
    """What is known about one floating-point dtype.

    Parameters
    ----------
    name : str
        NumPy's name, and that on the wire.
    digits : int
        Digits of the significand, with the leading one.
    lowest, highest : int
        The powers of two of the smallest normal number, and of the first number beyond the range.
    decimals : int
        Decimal digits that always survive.
    sums_in : str
        The dtype in which means and matrix products of it are carried: by NumPy, but for bfloat16,
        which NumPy adds in itself and every framework in this.
    narrower : str
        The dtype whose arithmetic inside this one's answers still counts as the right formula,
        computed badly; its own where that of a narrower one would be something else.
    make : callable
        Returns NumPy's dtype, which for bfloat16 comes from another package.

    Examples
    --------
    >>> DTYPES["float32"].roundoff == 2.0**-24
    True
    """

    name: str
    digits: int
    lowest: int
    highest: int
    decimals: int
    sums_in: str
    narrower: str
    make: Callable[[], np.dtype[Any]]

    @property
    def roundoff(self) -> float:
        """The unit roundoff u."""
        return 2.0**-self.digits

    @property
    def epsilon(self) -> float:
        """The distance from 1 to the next number: 2u."""
        return 2.0 ** (1 - self.digits)

    @property
    def tiny(self) -> float:
        """The smallest normal number."""
        return 2.0**self.lowest

    @property
    def smallest(self) -> float:
        """The smallest number above zero, which is subnormal."""
        return 2.0 ** (self.lowest + 1 - self.digits)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2 - self.epsilon) * 2.0 ** (self.highest - 1)

    @property
    def itemsize(self) -> int:
        """Bytes of a number."""
        return self.make().itemsize


def _bfloat16() -> np.dtype[Any]:
    """Return the dtype that NumPy knows, by this name too, once ml_dtypes is imported."""
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        raise ImportError("bfloat16 needs ml_dtypes: pip install 'gradmark[bfloat16]'") from None
    its: np.dtype[Any] = np.dtype(bfloat16)
    return its


DTYPES: Mapping[str, Dtype] = MappingProxyType(
    {
        row.name: row
        for row in (
            Dtype(
                "float64", 53, -1022, 1024, 15, "float64", "float32", lambda: np.dtype(np.float64)
            ),
            Dtype("float32", 24, -126, 128, 6, "float32", "float32", lambda: np.dtype(np.float32)),
            Dtype("float16", 11, -14, 16, 3, "float32", "float16", lambda: np.dtype(np.float16)),
            Dtype("bfloat16", 8, -126, 128, 2, "float32", "bfloat16", _bfloat16),
        )
    }
)

USUAL = ("float64", "float32")
"""What a run judges in where nobody asks for other dtypes."""

WIDEST = "float64"
"""What answers are widened to, exactly."""


def listed(names: Iterable[str] = DTYPES) -> str:
    """Name dtypes in a sentence.

    Examples
    --------
    >>> listed(USUAL)
    'float64 or float32'
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def order(dtype: str) -> int:
    """Place a dtype among the others: the widest first; one that is not known comes last.

    Examples
    --------
    >>> order("float32")
    1
    """
    return list(DTYPES).index(dtype) if dtype in DTYPES else len(DTYPES)


def roundoff(dtype: str) -> float:
    """The unit roundoff u: half the distance from 1 to the next number."""
    return DTYPES[dtype].roundoff


def tiny(dtype: str) -> float:
    """The smallest normal number."""
    return DTYPES[dtype].tiny


def largest(dtype: str) -> float:
    """The largest finite number."""
    return DTYPES[dtype].largest

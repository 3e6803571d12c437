"""50-digit values and the distance to them, for the tests of the formulas."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import mpmath as mp
import numpy as np
from numpy.typing import ArrayLike, DTypeLike

Exact: TypeAlias = Any  # mpmath ships no types

mp.mp.dps = 50
FLOATS = (np.float64, np.float32)
# NumPy's own bound on its vectorised exp and log: < 1 ulp in float64, < 4 in float32.
LIBRARY_ULPS = {np.dtype(np.float64): 1, np.dtype(np.float32): 4}


def exact(values: ArrayLike) -> list[Exact]:
    """Every element, in C order, as the number that it is."""
    return [mp.mpf(float(x)) for x in np.ravel(np.asarray(values))]


def unit_roundoff(dtype: DTypeLike) -> Exact:
    """Largest relative error of one rounding; at most 1 ulp of its result."""
    return mp.mpf(float(np.finfo(np.dtype(dtype)).eps)) / 2


def ulps(got: ArrayLike, want: Iterable[Exact]) -> float:
    """Largest distance in ulps of the wanted value, in the dtype of what was got."""
    array = np.asarray(got)
    pairs = list(zip(exact(array), want, strict=True))
    spacings = [np.spacing(array.dtype.type(abs(float(w)))) for _, w in pairs]
    return max(
        float(abs(g - w) / mp.mpf(float(ulp))) for (g, w), ulp in zip(pairs, spacings, strict=True)
    )

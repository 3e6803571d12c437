"""How long arrays are."""

import math

import numpy as np

from gradmark.reference._checks import FloatArray


def norm(*arrays: FloatArray) -> float:
    """Give the Euclidean norm of whole arrays, of whatever shapes, taken together.

    In float64, so that no square of a narrower number overflows, or vanishes.

    Examples
    --------
    >>> norm(np.array([[2.0], [3.0]]), np.array(6.0, np.float16))
    7.0
    """
    return math.sqrt(sum(np.sum(a.astype(np.float64) ** 2) for a in arrays))

"""The one check the two-dimensional landscapes share."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float


def as_point(w: ArrayLike) -> FloatArray:
    """Give `w` as floats whose first axis holds the two coordinates."""
    point = as_float("w", w)
    if point.shape[:1] != (2,):
        raise ValueError(f"w: expected shape (2, ...), got {point.shape}")
    return point

"""Argument checks shared by the normalisations."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, not_empty


def as_samples(name: str, value: ArrayLike, axes: int | None = None) -> FloatArray:
    """Give `value` as an array of samples and features, with so many axes or any number."""
    x = as_float(name, value)
    if x.ndim == 0 or (axes is not None and x.ndim != axes):
        expected = "(n, d)" if axes else "(..., d)"
        raise ValueError(f"{name}: expected shape {expected}, got {x.shape}")
    not_empty(name, x)
    return x


def per_feature(name: str, value: ArrayLike, x: FloatArray) -> FloatArray:
    """Give `value` as one number for each feature of `x`, in its dtype."""
    vector = as_float(name, value).astype(x.dtype)
    if vector.shape != x.shape[-1:]:
        raise ValueError(f"{name}: expected shape {x.shape[-1:]}, got {vector.shape}")
    return vector

"""The same formulas on floats: what a body does in a contender, where numbers are computed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.truth.number import Number


def computed(*values: Any) -> bool:
    """Tell whether these are floats, not exact numbers: one float array or scalar decides.

    Python's own numbers are literals of a formula beside a `Number`, and floats among themselves.
    """
    kinds = [_kind(value) for value in values]
    return "float" in kinds or "exact" not in kinds


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return "exact" if value.dtype == object else "float"
    return "exact" if isinstance(value, Number) else "literal"


def in_floats(function: Callable[..., Any], *values: Any) -> Any:
    """Apply a function of arrays: float32 stays float32, and Python's numbers stay Python's."""
    given = [_plain(value) for value in values]
    result = function(*given)
    return result if any(_kind(value) == "float" for value in given) else result.item()


def entrywise(function: Callable[..., Any], *values: Any) -> Any:
    """Apply a function of single numbers to each entry of float arrays."""
    arrays = [np.asarray(_plain(value)) for value in values]
    strong = [a.dtype for a, value in zip(arrays, values, strict=True) if _kind(value) == "float"]
    entries = np.broadcast(*arrays)
    answers = [float(function(*entry)) for entry in entries]
    dtype = np.result_type(*strong) if strong else float
    return np.array(answers, dtype).reshape(entries.shape)[()]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Number) else value

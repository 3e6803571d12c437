"""What the gradient checks share: parameters in any form, and one evaluation of the function."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float

# One number or array, or a tuple or list of them; the function takes each as an argument.
Parameters: TypeAlias = ArrayLike | Sequence[ArrayLike]
ScalarFunction: TypeAlias = Callable[..., Any]
GradientFunction: TypeAlias = Callable[..., Any]


def as_arrays(name: str, values: Parameters) -> list[FloatArray]:
    """Copy one parameter, or a tuple or list of them, into finite float arrays."""
    sequence: Sequence[Any] = values if isinstance(values, tuple | list) else [values]
    arrays = [np.array(as_float(f"{name}[{i}]", value)) for i, value in enumerate(sequence)]
    if not sum(array.size for array in arrays):
        raise ValueError(f"{name}: expected at least one number, got none")
    for i, array in enumerate(arrays):
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{name}[{i}]: expected finite numbers, got {array}")
    return arrays


def like(name: str, values: Any, arrays: list[FloatArray]) -> list[FloatArray]:
    """Give `values`, one of each parameter, as arrays of the parameters' shapes."""
    got = as_arrays(name, values)
    expected_shapes = [array.shape for array in arrays]
    got_shapes = [array.shape for array in got]
    if got_shapes != expected_shapes:
        raise ValueError(f"{name}: expected shapes {expected_shapes}, got {got_shapes}")
    return got


def evaluate(function: ScalarFunction, arrays: Sequence[FloatArray]) -> float:
    """Call `function` on copies, so that nothing it does to them is felt, for one finite number."""
    # [()] makes a scalar of a 0-d array, and a view of any other
    value = function(*(array.copy()[()] for array in arrays))
    if np.ndim(value) or not np.isfinite(value):
        at = ", ".join(np.array2string(array, threshold=8) for array in arrays)
        raise ValueError(f"function: expected one finite number, got {value!r} at {at}")
    return float(value)


def steps(array: FloatArray, power: float = 1 / 3) -> FloatArray:
    """Give the difference step of every entry: h = u^power · max(1, |x|)."""
    return np.finfo(array.dtype).eps ** power * np.maximum(1, np.abs(array))

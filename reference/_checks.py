"""Argument checks shared by the formulas: each names the argument, what came and what is expected.

A function that converts returns the converted value; one that only checks returns nothing.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

# A 0-d result of NumPy is a scalar, which offers an array's interface: one type names both.
FloatArray: TypeAlias = NDArray[np.floating[Any]]


def as_float(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of a floating dtype: float32 stays, integers become float64."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        raise ValueError(f"{name}: expected a rectangular array, got {value!r}") from None
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    # As narrower floating dtypes of other packages can: bfloat16 of ml_dtypes.
    if np.issubdtype(array.dtype, np.floating) or np.can_cast(array.dtype, np.float64):
        return array
    raise TypeError(f"{name}: expected real numbers, got dtype {array.dtype}")


def as_number(name: str, value: ArrayLike) -> float:
    """Give `value` as one finite Python float, which promotes no array it meets."""
    array = as_float(name, value)
    if array.ndim:
        raise ValueError(f"{name}: expected one number, got an array of shape {array.shape}")
    if not np.isfinite(array):
        raise ValueError(f"{name}: expected a finite number, got {array}")
    return float(array)


def positive(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in (0, ∞)."""
    number = as_number(name, value)
    if number <= 0:
        raise ValueError(f"{name}: expected a positive number, got {number:g}")
    return number


def non_negative(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in [0, ∞)."""
    number = as_number(name, value)
    if number < 0:
        raise ValueError(f"{name}: expected a non-negative number, got {number:g}")
    return number


def decay_factor(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in [0, 1): the share of its past that a running mean keeps."""
    number = as_number(name, value)
    if not 0 <= number < 1:
        raise ValueError(f"{name}: expected a number in [0, 1), got {number:g}")
    return number


def at_least_one(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in [1, ∞)."""
    number = as_number(name, value)
    if number < 1:
        raise ValueError(f"{name}: expected a number of at least 1, got {number:g}")
    return number


def whole(name: str, value: ArrayLike, least: int = 0) -> int:
    """Give `value` as a whole number from `least` on."""
    number = as_number(name, value)
    if number < least or number % 1:
        raise ValueError(f"{name}: expected a whole number from {least} on, got {number:g}")
    return int(number)


def fraction(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in [0, 1]."""
    number = as_number(name, value)
    if not 0 <= number <= 1:
        raise ValueError(f"{name}: expected a number in [0, 1], got {number:g}")
    return number


def between_zero_and_one(name: str, value: ArrayLike) -> float:
    """Give `value` as a float in (0, 1)."""
    number = as_number(name, value)
    if not 0 < number < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, got {number:g}")
    return number


def same_shape(a_name: str, a: FloatArray, b_name: str, b: FloatArray) -> None:
    """Refuse to broadcast: (n,) against (n, 1) would quietly become (n, n)."""
    if a.shape != b.shape:
        raise ValueError(f"{a_name}, {b_name}: expected equal shapes, got {a.shape} and {b.shape}")


def labels_and_prediction(
    y_true: ArrayLike, prediction: ArrayLike, name: str = "y_pred", label: str = "y_true"
) -> tuple[FloatArray, FloatArray]:
    """Give a loss's two arguments, alike in shape and in the prediction's dtype."""
    p = as_float(name, prediction)
    # Labels follow the prediction: integer labels must not turn a float32 loss into float64.
    y = as_float(label, y_true).astype(p.dtype)
    same_shape(label, y, name, p)
    not_empty(name, p)
    return y, p


def labels_and_probability(
    y_true: ArrayLike, probability: ArrayLike, name: str = "y_pred", label: str = "y_true"
) -> tuple[FloatArray, FloatArray]:
    """Give a loss's two arguments, where both are in [0, 1]."""
    y, p = labels_and_prediction(y_true, probability, name, label)
    in_unit_interval(label, y)
    in_unit_interval(name, p)
    return y, p


def rows_of_probabilities(
    y_true: ArrayLike, probability: ArrayLike, name: str = "y_pred", label: str = "y_true"
) -> tuple[FloatArray, FloatArray, int]:
    """Give a loss's two arguments, where both are rows of probabilities; and count the rows."""
    y, p = labels_and_probability(y_true, probability, name, label)
    return y, p, rows_of_classes(name, p)


def rows_of_classes(name: str, array: FloatArray) -> int:
    """Count the samples of (n, C) or (C,), of which a vector is one; refuse any other shape."""
    if array.ndim not in (1, 2):
        raise ValueError(f"{name}: expected shape (C,) or (n, C), got {array.shape}")
    return len(array) if array.ndim == 2 else 1


def not_empty(name: str, array: FloatArray) -> None:
    """Refuse an array without elements: it has no mean."""
    if not array.size:
        raise ValueError(f"{name}: expected at least one element, got shape {array.shape}")


def in_unit_interval(name: str, array: FloatArray) -> None:
    """Refuse elements outside [0, 1]; NaN passes, so that it shows in the result."""
    outside = (array < 0) | (array > 1)
    if np.any(outside):
        raise ValueError(f"{name}: expected numbers in [0, 1], got {array[outside].flat[0]}")


def as_epochs(name: str, value: ArrayLike, first: float = 0) -> FloatArray:
    """Give `value` as an array of epochs: finite, from the first on, whole or not."""
    epochs = as_float(name, value)
    wrong = ~((epochs >= first) & np.isfinite(epochs))
    if np.any(wrong):
        expected = f"epochs from {first:g} on" if first else "non-negative epochs"
        raise ValueError(f"{name}: expected finite {expected}, got {epochs[wrong].flat[0]}")
    return epochs


def no_narrower_than_single(array: FloatArray) -> FloatArray:
    """Give a float16 array in float32, which is where averages of squares are kept.

    The square of a float16 number below 2⁻¹² is 0 in float16, and so is ε = 10⁻⁸.

    Examples
    --------
    >>> print(no_narrower_than_single(np.zeros(2, np.float16)).dtype)
    float32
    """
    return array.astype(np.promote_types(array.dtype, np.float32), copy=False)


def weights_and_gradient(
    w: ArrayLike, grad: ArrayLike, state: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Give an optimizer's `w` and `grad`, alike in shape with each other and with its state."""
    weights, gradient = as_float("w", w), as_float("grad", grad)
    same_shape("w", weights, "grad", gradient)
    if state is not None and state.shape != weights.shape:
        raise ValueError(
            f"w: expected the shape of the steps before, {state.shape}, got {weights.shape}"
        )
    return weights, gradient


def received(
    w: ArrayLike, grad: ArrayLike, state: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Give `w` in the dtype of the answer, and `grad` no narrower than float32.

    Examples
    --------
    >>> w, g = received(np.ones(1, np.float16), np.ones(1, np.float16))
    >>> print(w.dtype, g.dtype)
    float16 float32
    """
    weights, gradient = weights_and_gradient(w, grad, state)
    dtype = np.result_type(weights, gradient)
    return weights.astype(dtype, copy=False), no_narrower_than_single(gradient)

"""Numerical derivatives, and how far an analytical one is from them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, positive, same_shape
from gradmark.reference.gradient_check.parameters import (
    Parameters,
    ScalarFunction,
    as_arrays,
    evaluate,
    steps,
)


def at_offset(
    function: ScalarFunction,
    arrays: list[FloatArray],
    parameter: int,
    index: tuple[int, ...],
    offset: float,
) -> tuple[float, float]:
    """Evaluate with one entry moved by `offset`; also give the move that rounding left of it."""
    moved = arrays[parameter].copy()
    moved[index] += offset
    value = evaluate(function, [*arrays[:parameter], moved, *arrays[parameter + 1 :]])
    return value, float(moved[index]) - float(arrays[parameter][index])


def central_difference(
    function: ScalarFunction, parameters: Parameters, h: float | None = None
) -> Any:
    """Differentiate a scalar function numerically in every entry of its parameters.

    ∂f/∂xᵢ ≈ [f(x + h eᵢ) − f(x − h eᵢ)] / 2h,  with error h²/6 |f‴| + u|f|/h

    `parameters`: a number or an array, which `function` takes as its one argument, or a tuple or
    list of them, which it takes one by one. The result has their form: an array of derivatives,
    or a list of such arrays.

    Convention: h = u^⅓ max(1, |xᵢ|), u being the machine epsilon of the parameter's dtype (6e-6
    in float64), because that is where truncation, which grows as h², and roundoff, which grows as
    u/h, balance. The article takes h = 1e-5 for every entry. It also nudges the array in place,
    and leaves it nudged where the function raises, and often one rounding away where it does
    not; here the function sees copies. The divisor is the distance that rounding left of 2h.

    Raises
    ------
    ValueError
        The parameters are empty or not finite, `h` is not positive, or the function's value is
        not one finite number.

    Examples
    --------
    >>> print(central_difference(lambda w: np.sum(w**3), np.array([1.0, -2.0])).round(6))
    [ 3. 12.]
    >>> dw, db = central_difference(lambda w, b: w * b, (3.0, 4.0))
    >>> print(f"{dw:.6f} {db:.6f}")
    4.000000 3.000000

    References
    ----------
    Article, "Gradient Checking: Verify Your Backprop". P. Gill, W. Murray, M. Wright, "Practical
    Optimization", 1981, section 8.6.
    """
    arrays = as_arrays("parameters", parameters)
    derivatives = [np.empty_like(array) for array in arrays]
    for parameter, array in enumerate(arrays):
        step = steps(array) if h is None else np.full(array.shape, positive("h", h))
        for index in np.ndindex(array.shape):
            offset = float(step[index])
            ahead, forward = at_offset(function, arrays, parameter, index, offset)
            behind, backward = at_offset(function, arrays, parameter, index, -offset)
            if forward == backward:
                raise ValueError(f"h: expected a step that moves {array[index]}, got {h}")
            derivatives[parameter][index] = (ahead - behind) / (forward - backward)
    return derivatives if isinstance(parameters, tuple | list) else derivatives[0]


def relative_difference(analytical: ArrayLike, numerical: ArrayLike) -> FloatArray:
    """Measure how far analytical derivatives are from numerical ones, as the article does.

    |a − n| / (|a| + 1e-8)

    Arrays of one shape, any real numbers; the result has that shape.

    Convention: it is not symmetric: a = 0 against n = 1 gives 1e8, the other way round 1. Nor is
    it relative for tiny derivatives: at a = 0 it is |n| · 1e8, so that a difference quotient's
    ordinary roundoff of 1e-11 reads 1e-3 and fails the article's 1e-5. Stanford's CS231n divides
    by max(|a|, |n|), symmetric and at most 2; `check_gradient` weighs each difference against the
    noise that was measured.

    Raises
    ------
    ValueError
        The shapes differ.

    Examples
    --------
    >>> print(relative_difference([2.0, 0.0], [2.002, 1e-11]))
    [0.001 0.001]

    References
    ----------
    Article, "Gradient Checking: Verify Your Backprop".
    """
    a, n = as_float("analytical", analytical), as_float("numerical", numerical)
    same_shape("analytical", a, "numerical", n)
    difference: FloatArray = np.abs(a - n) / (np.abs(a) + 1e-8)
    return difference

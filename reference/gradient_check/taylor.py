"""The order of the Taylor remainder, which tells a right gradient from a wrong one."""

import math

import numpy as np

from gradmark.reference.gradient_check.parameters import (
    GradientFunction,
    Parameters,
    ScalarFunction,
    as_arrays,
    evaluate,
    like,
)

# From 1e-2, so that few functions leave their domain, to 1e-10, where even the remainder of a
# gradient wrong by 1e-3 drowns in roundoff.
LADDER = [10 ** (-rung / 2) for rung in range(4, 21)]
RUNGS = 3


def taylor_remainder_order(
    function: ScalarFunction,
    gradient: GradientFunction,
    parameters: Parameters,
    direction: Parameters,
) -> float:
    """Measure how fast the first-order Taylor remainder falls along a direction.

    R(h) = max over ± of |f(x ± h d) − f(x) ∓ h ∇f(x)·d| = O(h^order)

    `function` and `gradient` take `parameters` as for `central_difference`; `direction` d has
    their shapes and a length of the order of 1. R ≈ ½h² |dᵀHd|, of order 2, where the gradient is
    right; h |δ·d|, of order 1, where it is wrong by δ, or where x sits on a kink. Order 0 is noise.
    The function is to be finite as far as 0.01 d away.

    Convention: both directions ±d, where others look in one, because δ and the curvature may
    cancel in one. The slope of log R over log h is fitted to the three smallest steps of the
    ladder h = 10^−2, 10^−2.5, … whose R is still 100 times the roundoff of its terms: there a
    small error of the gradient has overtaken the curvature. pyadjoint's `taylor_test` takes four
    fixed steps from 0.01 down. Infinity means that R is nothing but roundoff: a right gradient,
    and no curvature along d.

    Raises
    ------
    ValueError
        As `central_difference`, or a gradient or direction does not have the parameters' shapes.

    Examples
    --------
    >>> cube = lambda w: w**3
    >>> print(f"{taylor_remainder_order(cube, lambda w: 3 * w**2, 1.0, 1.0):.2f}")
    2.00
    >>> print(f"{taylor_remainder_order(cube, lambda w: 3.001 * w**2, 1.0, 1.0):.2f}")
    1.00

    References
    ----------
    P. Farrell, D. Ham, S. Funke, M. Rognes, "Automated derivation of the adjoint of high-level
    transient finite element programs", SIAM Journal on Scientific Computing 35 (2013). The other
    half of Article, "Gradient Checking: Verify Your Backprop".
    """
    arrays = as_arrays("parameters", parameters)
    d = like("direction", direction, arrays)
    gradients = like("gradient", gradient(*(array.copy()[()] for array in arrays)), arrays)
    value = evaluate(function, arrays)
    u = max(float(np.finfo(array.dtype).eps) for array in arrays)
    usable: list[tuple[float, float]] = []
    for h in LADDER:
        remainder = roundoff = 0.0
        for step in (h, -h):
            moved = [x + step * direction for x, direction in zip(arrays, d, strict=True)]
            moved_value = evaluate(function, moved)
            # the move that rounding left of h·d, so that its error is none of the gradient's
            linear = math.fsum(
                np.sum(g * (to - x), dtype=np.float64)
                for g, x, to in zip(gradients, arrays, moved, strict=True)
            )
            remainder = max(remainder, abs(moved_value - value - linear))
            roundoff = max(roundoff, u * abs(moved_value), u * abs(value), u * abs(linear))
        if remainder > 100 * roundoff:
            usable.append((math.log(h), math.log(remainder)))
    if len(usable) < 2:
        return math.inf
    log_h, log_remainder = np.array(usable[-RUNGS:]).T
    return float(np.polyfit(log_h, log_remainder, 1)[0])

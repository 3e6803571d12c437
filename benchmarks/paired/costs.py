"""What a formula must cost at least: bytes to move, operations to carry out, and how both grow.

Bytes: each input is read once, each output written once, and an optimizer's state both. What a
processor keeps in its caches between two operations costs nothing here; a line that it reads
before it writes to it, as most processors do, is not counted either.

Operations: what the printed formula does with arrays: +, −, ×, ÷, a comparison, a root, an
exponential and a logarithm count one each. What happens to scalars (1 − β, βᵗ) is free, and so are
guards, conversions and changes of sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gradmark.harness.contract import CONTRACT, Cost

# Per entry of an array, from the rows; optimizers from their second step on, when they have state.
PER_ENTRY: Mapping[str, Cost] = MappingProxyType(
    {name: formula.cost for name, formula in CONTRACT.items() if formula.cost is not None}
)


def traffic(formula: str, params: Mapping[str, int], itemsize: int) -> int:
    """Count the bytes that a formula must move to and from memory.

    Parameters
    ----------
    formula : str
        One of `PER_ENTRY`, or `compute_gradients`.
    params : mapping of str to int
        Its sizes.
    itemsize : int
        Bytes of a number.

    Examples
    --------
    >>> traffic("Adam", {"parameters": 1000}, 8)  # w, g, m and v read, w, m and v written
    56000
    """
    if formula == "compute_gradients":
        n, h = params["batch"], params["width"]
        weights = h * h + h + h + 1  # W1, b1, W2 and b2, read, and their gradients, written
        return (n * h + n + 2 * weights) * itemsize
    cost = PER_ENTRY[formula]
    return (len(cost.read) + len(cost.written)) * itemsize * size(formula, params)[1]


def operations(formula: str, params: Mapping[str, int]) -> int:
    """Count the floating-point operations of a formula.

    For `compute_gradients` those of its five matrix products, two for each multiplication and
    addition; what is done to each entry beside them is of a lower order.

    Examples
    --------
    >>> operations("Adam", {"parameters": 1000})
    14000
    """
    if formula == "compute_gradients":
        return 2 * multiply_adds(params)
    return PER_ENTRY[formula].operations * size(formula, params)[1]


def multiply_adds(params: Mapping[str, int]) -> int:
    """Count the multiplications with an addition in the products of `compute_gradients`.

    X W1 and Xᵀ dz1 take n d h each; a1 W2, a1ᵀ dz2 and dz2 W2ᵀ take n h k each. The timed
    networks have d = h, the width, and k = 1.

    Examples
    --------
    >>> multiply_adds({"batch": 10, "width": 3})
    270
    """
    n, h = params["batch"], params["width"]
    return 2 * n * h * h + 3 * n * h


def size(formula: str, params: Mapping[str, int]) -> tuple[str, int]:
    """Tell what a formula's cost is expected to be proportional to, and how much of it there is.

    Examples
    --------
    >>> size("relu", {"elements": 1000})
    ('elements', 1000)
    >>> size("compute_gradients", {"batch": 10, "width": 3})
    ('multiply-adds', 270)
    """
    if formula == "compute_gradients":
        return "multiply-adds", multiply_adds(params)
    return next(iter(params.items()))

"""Odd polynomials of matrices, and how wrong a computer may be about them.

X ← a X + (b A + c A²) X with A = X Xᵀ maps each singular value s to a s + b s³ + c s⁵. Run on
`Number`, its bounds would grow by the size of all terms, as if none cancelled: in five iterations
to more than the answer. What an error of one iteration becomes in the others is known better. The
map keeps singular vectors, and in their basis its derivative is a table of divided differences of
the composed polynomial q: (q(s) − q(t)) / (s − t) for what an error has in common in a pair of
directions, (q(s) + q(t)) / (s + t) for the rest, and q(s) / s where the longer side goes on. So
each iteration's own rounding is bounded as usual, and the greatest number of the table carries it
to the end.

Source: Noferini, A formula for the Fréchet derivative of a generalized matrix function, SIAM J.
Matrix Anal. Appl. 38 (2017); Higham, Functions of Matrices, section 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from operator import matmul, mul

import numpy as np

from gradmark.conformance.truth import Exact, Number, elementwise
from gradmark.conformance.truth.symbol import Symbol

Coefficients = tuple[float, float, float]


def iterated(x: Exact, each: Sequence[Coefficients]) -> Exact:
    """Apply one quintic after another to a matrix; each has the coefficients a, b, c."""
    if isinstance(x, Symbol) and len(set(each)) == 1:
        return x.applied("quintics", x, *each[0], len(each))
    if not _is_known(x):
        for coefficients in each:
            x = quintic(x, coefficients)
        return x
    with np.errstate(all="ignore"):  # what explodes may be compared with, too
        values = np.linalg.svd(x.astype(float), compute_uv=False).tolist()
    shape, x = x.shape, x.item() if x.size == 1 else x  # most runs are of one weight
    carried = list(_carried(values, each))
    error = carried[0] * _length(x)
    for coefficients, becomes in zip(each, carried[1:], strict=True):
        x = quintic(_sure(x), coefficients)
        error += becomes * _length(x)
    erring = _erring(x, error, max(one.magnitude for one in _entries(x)))
    return np.asarray(erring, dtype=object).reshape(shape)


def quintic(x: Exact, coefficients: Coefficients) -> Exact:
    """a X + (b A + c A²) X with A = X Xᵀ; of a single entry, a x + (b x² + c x⁴) x."""
    a, b, c = coefficients
    times, turned = (mul, x) if isinstance(x, Number) else (matmul, x.T)
    gram = times(x, turned)
    return a * x + times(b * gram + c * times(gram, gram), x)


def _is_known(x: Exact) -> bool:
    """Whether there are exact numbers, and singular values of them."""
    exact = isinstance(x, np.ndarray) and x.dtype == object and x.size > 0
    return exact and bool(np.isfinite(x.astype(float)).all())


def _carried(values: list[float], each: Sequence[Coefficients]) -> Iterator[float]:
    """How many times as large an error before each iteration is at the end, and one at the end."""
    path, slopes = [values], []
    for a, b, c in each:
        squares = [s * s for s in path[-1]]  # products, which overflow without a word
        slopes.append([a + 3 * b * q + 5 * c * q * q for q in squares])
        path.append(
            [a * s + b * s * q + c * s * q * q for s, q in zip(path[-1], squares, strict=True)]
        )
    for at, before in enumerate(path):
        slope = [math.prod(those) for those in zip(*slopes[at:], strict=True)] or [1.0] * len(
            values
        )
        yield _greatest(before, path[-1], slope)


def _greatest(before: list[float], after: list[float], slope: list[float]) -> float:
    """The greatest of the divided differences of what maps these values so, with these slopes."""
    found = [max(map(abs, slope), key=lambda s: (s != s, s))]  # NaN, if there is one
    for i, j in combinations_with_replacement(range(len(before)), 2):
        for sign in (1, -1):
            apart = before[i] - sign * before[j]
            if abs(apart) > 1e-3 * (abs(before[i]) + abs(before[j])):  # else it is the slope
                found.append(abs((after[i] - sign * after[j]) / apart))
    return max(found)


def _entries(x: Exact) -> list[Number]:
    return [x] if isinstance(x, Number) else x.ravel().tolist()


def _length(x: Exact) -> float:
    """The Euclidean norm of the errors of all entries."""
    return math.hypot(*(one.error for one in _entries(x)))


# Data have no error.
_sure = elementwise(lambda one: Number(one.value, unit=one.unit))
# No entry is known better than the others.
_erring = elementwise(lambda one, error, size: Number(one.value, error, size, one.unit), 3)

"""The article's first descent, and every point where its curve is flat."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.zeros import zeros
from gradmark.harness.records import SeriesRecord
from gradmark.reference.descent import gradient_descent
from gradmark.reference.landscapes import quartic, quartic_grad

START, RATE, STEPS = 3.0, 0.01, 200
VIEW = (-1.0, 3.5)  # the article's plot
COEFFICIENTS = (1, -3, 2, 1, 0)  # of L, the highest power first
SLOPE = tuple(c * power for c, power in zip(COEFFICIENTS, (4, 3, 2, 1), strict=False))
CURVATURE = tuple(c * power for c, power in zip(SLOPE, (3, 2, 1), strict=False))


def horner(coefficients: tuple[int, ...], w: Any) -> Any:
    """Evaluate a polynomial on whatever multiplies and adds."""
    value = w * 0
    for c in coefficients:
        value = value * w + c
    return value


def sturm_count(coefficients: Sequence[int]) -> int:
    """Count the distinct real roots of a polynomial, by Sturm's theorem, in exact arithmetic.

    Of the chain p, p′, −rem(p, p′), … the signs at −∞ and at ∞ change so many times more often at
    −∞ as there are real roots.

    Examples
    --------
    >>> sturm_count((1, 0, -2)), sturm_count((1, 0, 2))
    (2, 0)

    References
    ----------
    C. Sturm, "Mémoire sur la résolution des équations numériques" (1829).
    """
    p = [Fraction(c) for c in coefficients]
    chain = [p, [c * power for c, power in zip(p, range(len(p) - 1, 0, -1), strict=False)]]
    while rest := _remainder(chain[-2], chain[-1]):
        chain.append([-c for c in rest])
    at_plus = [p[0] > 0 for p in chain]
    at_minus = [(p[0] > 0) == (len(p) % 2 == 1) for p in chain]
    return _changes(at_minus) - _changes(at_plus)


def _remainder(dividend: list[Fraction], divisor: list[Fraction]) -> list[Fraction]:
    """Divide polynomials, the highest power first, and return what is left over."""
    rest = dividend
    while len(rest) >= len(divisor):
        factor = rest[0] / divisor[0]
        padded = divisor + [Fraction(0)] * (len(rest) - len(divisor))
        rest = [a - factor * b for a, b in zip(rest, padded, strict=True)][1:]
    while rest and rest[0] == 0:
        rest = rest[1:]
    return rest


def _changes(signs: list[bool]) -> int:
    return sum(a != b for a, b in pairwise(signs))


@cache
def critical_points() -> tuple[Any, Any, Any]:
    """Find the zeros of L′ to 50 digits: the minimum, the maximum and the other minimum.

    A zero of 4w³ − 9w² + 4w + 1 has |w| < 1 + 9/4 (Cauchy's bound).
    """
    low, top, local = zeros(
        lambda _, w: horner(SLOPE, w), lambda _, w: horner(CURVATURE, w), -3.25, 3.25
    )
    return low, top, local


@cache
def exact_path(steps: int = STEPS) -> tuple[Any, ...]:
    """Walk the article's descent at 50 digits."""
    with mpmath.workdps(50):
        path = [mpmath.mpf(3)]
        for _ in range(steps):
            path.append(path[-1] - horner(SLOPE, path[-1]) / 100)
    return tuple(path)


def walk() -> FloatArray:
    """Walk the article's descent."""
    return gradient_descent(quartic_grad, START, RATE, STEPS)


def picture(scale: Scale) -> SeriesRecord:
    """Give the quartic, the walk on it from w = 3 with η = 0.01, and both minima.

    L(w) = w⁴ − 3w³ + 2w² + w,  w ← w − η L′(w)

    `global_minimum` and `local_minimum` are (w, L); `shown` are the steps that the article's plot
    marks.

    References
    ----------
    Article, "1D Gradient Descent Implementation".
    """
    axis = np.linspace(*VIEW, scale.runs(full=161, quick=41))
    path = walk()
    low, _, local = (float(point) for point in critical_points())
    return series(
        "descent_1d",
        curve_w=axis,
        curve_loss=quartic(axis),
        path_w=path,
        path_loss=quartic(path),
        shown=np.arange(0, STEPS + 1, 10),
        global_minimum=[low, float(quartic(low))],
        local_minimum=[local, float(quartic(local))],
        settings=["L(w) = w⁴ − 3w³ + 2w² + w", f"η = {RATE}", f"{STEPS} steps from w = {START:g}"],
    )

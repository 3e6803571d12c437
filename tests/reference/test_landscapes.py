"""The landscapes equal their formulas at 50 digits, and their critical points are all there are."""

from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest

from gradmark.reference.landscapes import (
    BOWL_CRITICAL_POINTS,
    BUMPS_CRITICAL_POINTS,
    QUARTIC_CRITICAL_POINTS,
    ROSENBROCK_CRITICAL_POINTS,
    CriticalPoint,
    bowl,
    bowl_grad,
    bumps,
    bumps_grad,
    quartic,
    quartic_grad,
    rosenbrock,
    rosenbrock_grad,
)

mpf = mpmath.mpf
DIGITS = 50

# The formulas of the article, for any arithmetic that has sin and cos.
ONE_WEIGHT: dict[str, Callable[[Any, Any], Any]] = {
    "quartic": lambda _, w: w**4 - 3 * w**3 + 2 * w**2 + w,
    "bowl": lambda m, w: w**2 + m.sin(4 * w) / 2,
}
TWO_WEIGHTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "bumps": lambda m, x, y: (x**2 + y**2) / 2 + 3 * m.sin(3 * x) * m.cos(3 * y) / 10,
    "rosenbrock": lambda _, x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
}
FUNCTIONS = {
    "quartic": (quartic, quartic_grad),
    "bowl": (bowl, bowl_grad),
    "bumps": (bumps, bumps_grad),
    "rosenbrock": (rosenbrock, rosenbrock_grad),
}
POINTS = {
    "quartic": QUARTIC_CRITICAL_POINTS,
    "bowl": BOWL_CRITICAL_POINTS,
    "bumps": BUMPS_CRITICAL_POINTS,
    "rosenbrock": ROSENBROCK_CRITICAL_POINTS,
}
# Each term of a value or slope is at most this large on [-3, 3]; with fewer than 16 roundings
# each, the whole is within 16 u of it.
LARGEST_TERM = {"quartic": 81 * 3, "bowl": 9, "bumps": 9, "rosenbrock": 400 * 3 * 12 * 2}


def landscape_at(name: str, w: tuple[Any, ...]) -> Any:
    if name in ONE_WEIGHT:
        return ONE_WEIGHT[name](mpmath.mp, *w)
    return TWO_WEIGHTS[name](mpmath.mp, *w)


def slope_at(name: str, w: tuple[Any, ...], order: int = 1) -> list[Any]:
    unit = [tuple(order * int(i == j) for j in range(len(w))) for i in range(len(w))]
    return [mpmath.diff(lambda *v: landscape_at(name, v), w, n) for n in unit]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_landscape_and_gradient_equal_the_formula_and_its_derivative_at_50_digits(
    name: str,
) -> None:
    function, gradient = FUNCTIONS[name]
    random = np.random.default_rng(1)
    dimension = 1 if name in ONE_WEIGHT else 2
    tolerance = 16 * np.finfo(float).eps * LARGEST_TERM[name]
    with mpmath.workdps(DIGITS):
        for _ in range(40):
            w = random.uniform(-3, 3, dimension)
            exact = tuple(mpf(float(x)) for x in w)
            point = w[0] if dimension == 1 else w
            assert abs(float(function(point)) - landscape_at(name, exact)) < tolerance
            for got, expected in zip(
                np.atleast_1d(gradient(point)), slope_at(name, exact), strict=True
            ):
                assert abs(float(got) - expected) < tolerance


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_grid_is_evaluated_in_one_call(name: str) -> None:
    function, gradient = FUNCTIONS[name]
    shape = (4, 5) if name in ONE_WEIGHT else (2, 4, 5)
    grid = np.random.default_rng(2).uniform(-3, 3, shape)
    values, slopes = function(grid), gradient(grid)
    assert values.shape == (4, 5)
    assert slopes.shape == shape
    for i, j in np.ndindex(4, 5):
        # SIMD and scalar sines may differ by an ulp
        assert values[i, j] == pytest.approx(function(grid[..., i, j]), rel=1e-13, abs=0)
        np.testing.assert_allclose(slopes[..., i, j], gradient(grid[..., i, j]), rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_stays_float32(name: str) -> None:
    function, gradient = FUNCTIONS[name]
    w = np.ones(2, dtype=np.float32)
    assert function(w).dtype == gradient(w).dtype == np.float32


@pytest.mark.parametrize("function", [bumps, bumps_grad, rosenbrock, rosenbrock_grad])
@pytest.mark.parametrize("w", [1.0, [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_a_point_of_the_plane_has_two_coordinates(function: Any, w: Any) -> None:
    with pytest.raises(ValueError, match=r"w: expected shape \(2, \.\.\.\), got"):
        function(w)


def cells_with_a_zero(slopes: Callable[..., list[Any]], dimension: int, reach: float) -> list[Any]:
    """Bisect [-reach, reach]^dimension, dropping each cell where interval arithmetic excludes 0.

    A cell is kept, though it may hold a zero, once it is smaller than 1e-4: none is ever missed.
    """
    iv = mpmath.iv
    waiting = [((-reach, reach),) * dimension]
    kept = []
    while waiting:
        cell = waiting.pop()
        if not all(0 in slope for slope in slopes(*(iv.mpf(side) for side in cell))):
            continue
        if cell[0][1] - cell[0][0] < 1e-4:
            kept.append(cell)
            continue
        halves = [((a, (a + b) / 2), ((a + b) / 2, b)) for a, b in cell]
        waiting.extend(product(*halves))
    return kept


def is_one_zero(cells: list[Any], slopes: Callable[..., list[Any]], jacobian_sign: Any) -> bool:
    """Tell whether a zero is in these cells once: the slope's derivative keeps its sign there."""
    iv = mpmath.iv
    hull = [
        iv.mpf([min(cell[k][0] for cell in cells), max(cell[k][1] for cell in cells)])
        for k in range(len(cells[0]))
    ]
    return 0 not in jacobian_sign(*hull) and all(0 in s for s in slopes(*hull))


def clusters(cells: list[Any], points: tuple[CriticalPoint, ...]) -> dict[Any, list[Any]]:
    """Assign each cell to the claimed point within 1e-2 of it."""
    found: dict[Any, list[Any]] = {point.location: [] for point in points}
    for cell in cells:
        near = [
            p.location
            for p in points
            if all(
                abs((a + b) / 2 - x) < 1e-2
                for (a, b), x in zip(cell, np.atleast_1d(p.location), strict=True)
            )
        ]
        assert len(near) == 1, f"a zero of the gradient may be in {cell}, where none is claimed"
        found[near[0]].append(cell)
    return found


def test_quartic_has_exactly_its_critical_points() -> None:
    # L′(w) = (w − 1)(4w² − 5w − 1), multiplied out: a cubic has no more than three roots.
    assert np.polymul([1, -1], [4, -5, -1]).tolist() == [4, -9, 4, 1]
    with mpmath.workdps(DIGITS):
        roots = [(5 - mpmath.sqrt(41)) / 8, mpf(1), (5 + mpmath.sqrt(41)) / 8]
        assert [p.location for p in QUARTIC_CRITICAL_POINTS] == [float(root) for root in roots]


def test_bowl_has_exactly_its_critical_points() -> None:
    # L′ = 2w + 2 cos 4w has no zero in |w| > 1, where |2w| > 2 ≥ |2 cos 4w|.
    iv = mpmath.iv

    def slope(w: Any) -> list[Any]:
        return [2 * w + 2 * iv.cos(4 * w)]

    found = clusters(cells_with_a_zero(slope, 1, 1.0), BOWL_CRITICAL_POINTS)
    for cells in found.values():
        assert is_one_zero(cells, slope, lambda w: 2 - 8 * iv.sin(4 * w))


def test_bumps_has_exactly_its_one_critical_point() -> None:
    # ∇L = w + 0.9 (cos 3w₁ cos 3w₂, −sin 3w₁ sin 3w₂). The second vector's square is
    # cos²cos² + sin²sin² ≤ cos² + sin² = 1, so ∇L = 0 asks for |w| ≤ 0.9: inside [-1, 1]².
    iv = mpmath.iv
    tenths = iv.mpf(9) / 10

    def slopes(x: Any, y: Any) -> list[Any]:
        return [
            x + tenths * iv.cos(3 * x) * iv.cos(3 * y),
            y - tenths * iv.sin(3 * x) * iv.sin(3 * y),
        ]

    def hessian_determinant(x: Any, y: Any) -> Any:
        # positive: ∇L is one to one near the zero
        xx = 1 - 3 * tenths * iv.sin(3 * x) * iv.cos(3 * y)
        yy = 1 - 3 * tenths * iv.sin(3 * x) * iv.cos(3 * y)
        xy = -3 * tenths * iv.cos(3 * x) * iv.sin(3 * y)
        return xx * yy - xy * xy

    found = clusters(cells_with_a_zero(slopes, 2, 1.0), BUMPS_CRITICAL_POINTS)
    (cells,) = found.values()
    assert is_one_zero(cells, slopes, hessian_determinant)


def test_rosenbrock_has_exactly_its_one_critical_point() -> None:
    # ∂f/∂w₂ = 200 (w₂ − w₁²) = 0 leaves ∂f/∂w₁ = −2 (1 − w₁) = 0.
    (point,) = ROSENBROCK_CRITICAL_POINTS
    assert point == CriticalPoint((1.0, 1.0), 0.0, "minimum", is_global=True)
    np.testing.assert_array_equal(rosenbrock_grad([1.0, 1.0]), [0.0, 0.0])


@pytest.mark.parametrize("name", POINTS)
def test_each_critical_point_is_the_nearest_float_to_a_zero_of_the_gradient(name: str) -> None:
    with mpmath.workdps(DIGITS):
        for point in POINTS[name]:
            start = tuple(mpf(float(x)) for x in np.atleast_1d(point.location))
            if len(start) == 2:
                root = list(
                    mpmath.findroot(lambda *w: slope_at(name, w), start, tol=1e-40, verify=False)
                )
            else:
                root = [mpmath.findroot(lambda w: slope_at(name, (w,))[0], start[0])]
            assert all(abs(slope) < mpf(10) ** -20 for slope in slope_at(name, tuple(root)))
            np.testing.assert_array_equal(point.location, np.squeeze([float(x) for x in root]))
            assert point.value == float(landscape_at(name, tuple(root)))


@pytest.mark.parametrize("name", POINTS)
def test_each_critical_point_is_of_the_kind_it_claims(name: str) -> None:
    with mpmath.workdps(DIGITS):
        for point in POINTS[name]:
            w = tuple(mpf(float(x)) for x in np.atleast_1d(point.location))
            curvature = slope_at(name, w, order=2)
            if len(w) == 2:
                mixed = mpmath.diff(lambda *v: landscape_at(name, v), w, (1, 1))
                assert curvature[0] * curvature[1] > mixed**2
            assert point.kind == ("minimum" if curvature[0] > 0 else "maximum")


@pytest.mark.parametrize("name", POINTS)
def test_the_global_minimum_is_the_lowest_of_all_critical_points(name: str) -> None:
    # Every landscape grows beyond all bounds far out, so that its lowest point is critical.
    lowest = min(POINTS[name], key=lambda point: point.value)
    assert [point for point in POINTS[name] if point.is_global] == [lowest]


def test_the_articles_starred_global_minimum_of_bumps_is_not_even_critical() -> None:
    np.testing.assert_array_equal(bumps_grad([0.0, 0.0]), [0.9, 0.0])
    assert bumps(BUMPS_CRITICAL_POINTS[0].location) < bumps([0.0, 0.0])


def test_bumps_is_a_sum_of_two_one_dimensional_landscapes() -> None:
    # 2 sin a cos b = sin(a + b) + sin(a − b)
    def g(t: Any) -> Any:
        return t**2 / 4 + 0.15 * np.sin(3 * t)

    w = np.random.default_rng(3).uniform(-3, 3, (2, 100))
    # terms up to 9, a dozen roundings
    np.testing.assert_allclose(bumps(w), g(w[0] + w[1]) + g(w[0] - w[1]), rtol=0, atol=3e-14)

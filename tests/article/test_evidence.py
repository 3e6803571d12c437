"""What the ledger's proofs and sweeps rest on."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmark.conformance.article.basins import bowl as bowl_basins
from gradmark.conformance.article.descent_1d import horner, sturm_count
from gradmark.conformance.article.landscape import critical_points as landscape_points
from gradmark.conformance.article.learning_rates import (
    clipped_walk,
    critical_points,
    free_walk,
    multiplier,
)
from gradmark.conformance.article.ledger import Scale
from gradmark.conformance.article.proportion import wilson
from gradmark.conformance.article.regimes import lyapunov_exponent, regimes
from gradmark.conformance.article.sweep import FAR, settled, sweep
from gradmark.conformance.article.zeros import zeros
from gradmark.reference.descent import gradient_descent
from gradmark.reference.landscapes import (
    BOWL_CRITICAL_POINTS,
    BUMPS_CRITICAL_POINTS,
    bowl_grad,
    bumps_grad,
)

ROOTS = st.lists(st.integers(-30, 30), min_size=1, max_size=4, unique=True).map(sorted)


def with_roots(roots: list[int]) -> tuple[int, ...]:
    return tuple(np.poly(roots).round().astype(int).tolist())


@settings(max_examples=8)
@given(ROOTS)
def test_all_zeros_are_found_and_none_twice(roots: list[int]) -> None:
    p = with_roots(roots)
    slope = [c * power for c, power in zip(p, range(len(p) - 1, 0, -1), strict=False)]
    # sevenths keep the roots off round numbers
    found = zeros(
        lambda _, w: horner(p, 7 * w), lambda _, w: 7 * horner(tuple(slope), 7 * w), -5, 5
    )
    with mpmath.workdps(50):
        assert len(found) == len(roots)
        for w, root in zip(found, roots, strict=True):
            assert abs(w - mpmath.mpf(root) / 7) < mpmath.mpf(10) ** -30


def test_a_double_zero_is_refused_and_not_counted() -> None:
    with pytest.raises(ArithmeticError, match="expected simple zeros"):
        zeros(lambda _, w: (w - 1) ** 2, lambda _, w: 2 * (w - 1), -3, 3)


def test_a_zero_outside_is_not_found() -> None:
    assert zeros(lambda _, w: w - 5, lambda _, w: 1 + 0 * w, -3, 3) == []


@given(ROOTS, st.integers(1, 5))
def test_sturm_counts_distinct_real_roots(roots: list[int], c: int) -> None:
    p = with_roots(roots)
    assert sturm_count(p) == len(roots)
    # times w² + c, which has no real root; times a factor again, which adds no distinct one
    assert sturm_count(tuple(np.polymul(p, [1, 0, c]).tolist())) == len(roots)
    assert sturm_count(tuple(np.polymul(p, [1, -roots[0]]).tolist())) == len(roots)


def test_horner_evaluates_on_any_number() -> None:
    assert horner((2, 0, -1), Fraction(1, 2)) == Fraction(-1, 2)
    assert horner((2, 0, -1), 3.0) == 17.0


def test_the_articles_critical_points_are_those_of_the_reference() -> None:
    assert [float(w) for w in critical_points()] == [p.location for p in BOWL_CRITICAL_POINTS]
    assert list(landscape_points()) == [p.location for p in BUMPS_CRITICAL_POINTS]


def test_a_sweep_walks_as_each_walk_alone() -> None:
    starts, rates = np.array([-2.0, 0.5, 3.0]), np.array([[0.01], [0.1], [0.4]])
    ends = sweep("walks", bowl_grad, starts, rates, 30)
    for i, j in np.ndindex(3, 3):
        alone = gradient_descent(bowl_grad, starts[j], float(rates[i, 0]), 30)[-1]
        # SIMD and scalar cosines may differ by an ulp, which 30 steps at 0.4 multiply
        assert ends[i, j] == pytest.approx(alone, rel=1e-6 if rates[i, 0] > 0.3 else 1e-12)


def test_a_sweep_takes_points_of_the_plane_and_stops_those_that_leave() -> None:
    starts = np.array([[1.0, 2.0], [0.5, -1.0]])[..., np.newaxis]
    ends = sweep("plane", bumps_grad, starts, np.array([0.1, 0.3]), 20)
    assert ends.shape == (2, 2, 2)
    np.testing.assert_allclose(
        ends[:, 1, 0], gradient_descent(bumps_grad, starts[:, 1, 0], 0.1, 20)[-1], rtol=1e-12
    )
    gone = sweep("leaves", lambda w: -w, np.array([1.0]), np.array([1.0]), 5000)
    # doubled until it is past FAR, and then no more
    assert FAR <= gone[0] < 2 * FAR


def test_settled_names_the_minimum_or_none() -> None:
    where = settled(np.array([0.0, 1.0, 0.5, 1 + 1e-7, 1e9]), [0.0, 1.0])
    np.testing.assert_array_equal(where, [0, 1, np.nan, 1, np.nan])


def test_multipliers_and_lyapunov_exponents_agree_at_a_fixed_point() -> None:
    local = critical_points()[2]
    for rate in (0.1, 0.5):
        path = np.full(5, float(local))
        exponent = float(lyapunov_exponent(path, np.array(rate)))
        assert exponent == pytest.approx(np.log(abs(multiplier(rate, local))), rel=1e-12)
    # 1 − ηL″, with L″ = 2 − 8 sin 4w
    with mpmath.workdps(30):
        wanted = 1 - (2 - 8 * mpmath.sin(4 * local)) / 2
    assert multiplier(0.5, local) == pytest.approx(float(wanted), rel=1e-14)


def test_the_lyapunov_exponent_is_the_rate_at_which_two_walks_part() -> None:
    # 50 digits: 10⁻⁴⁰ apart, 0.35 a step parts them by e³⁵ in 100 steps
    steps, gap = 100, mpmath.mpf(10) ** -40
    with mpmath.workdps(60):
        a, b, path = mpmath.mpf(3), mpmath.mpf(3) + gap, []
        for _ in range(steps):
            path.append(float(a))
            a, b = -mpmath.cos(4 * a), -mpmath.cos(4 * b)
        parted = float(mpmath.log(abs(b - a) / gap)) / steps
    exponent = float(lyapunov_exponent(np.array(path), np.array(0.5)))
    assert exponent == pytest.approx(parted, rel=1e-6)
    assert exponent > 0.2


def test_every_rate_below_one_keeps_the_walk_within_its_bound() -> None:
    found = regimes(Scale(quick=True))
    bound = np.maximum(3, found.rates / (1 - found.rates))
    assert np.all(np.abs(found.late) <= bound)
    # and at each rate that is said to settle, it does
    minima = [float(critical_points()[k]) for k in (0, 2)]
    for end, w in enumerate(minima):
        there = found.ends == end
        assert np.any(there)
        np.testing.assert_allclose(found.late[:, there], w, atol=1e-6)


def test_a_clipped_walk_is_the_free_one_until_it_meets_a_wall() -> None:
    free, clipped = free_walk(1.2), clipped_walk(1.2)
    first = int(np.argmax(np.abs(free) > 10))
    np.testing.assert_array_equal(clipped[:first], free[:first])
    assert abs(clipped[first]) == 10
    np.testing.assert_array_equal(clipped_walk(0.5), free_walk(0.5))


def test_small_rates_never_cross_the_barrier() -> None:
    found = bowl_basins(Scale(quick=True))
    barrier = found.critical[1]
    small = found.rates < 0.1
    assert np.any(small)
    for ends in found.ends[small]:
        np.testing.assert_array_equal(ends, np.where(found.starts < barrier, 0, 1))


@pytest.mark.parametrize(("successes", "runs"), [(0, 10), (3, 10), (10, 10), (960, 1000)])
def test_wilsons_bounds_are_where_the_score_test_just_accepts(successes: int, runs: int) -> None:
    share, low, high = wilson(successes, runs)
    assert share == successes / runs
    for p in (low, high):
        if 0 < p < 1:
            # (p̂ − p)² = z² p (1 − p) / n
            z = abs(share - p) / np.sqrt(p * (1 - p) / runs)
            assert z == pytest.approx(1.959963984540054, rel=1e-9)
    assert (low == 0) == (successes == 0)
    assert (high == 1) == (successes == runs)


@pytest.mark.parametrize(("successes", "runs"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing_is_refused(successes: int, runs: int) -> None:
    with pytest.raises(ValueError, match=f"successes: expected 0 to {runs} .*, got {successes}"):
        wilson(successes, runs)

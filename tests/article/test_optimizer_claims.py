"""The mathematics under the claims on optimizers, schedules and rates, worked once more apart."""

from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradmark.conformance.article import saddle
from gradmark.conformance.article.ledger import CLAIMS, Outcome, Scale
from gradmark.conformance.article.ledger.optimizer_formulas import slowest
from gradmark.conformance.article.ledger.optimizer_problems import EDGE, drift
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum

QUICK = Scale(quick=True)


def multipliers(trace: float) -> list[Any]:
    """Solve z² − trace · z + 0.9 = 0."""
    root = mp.sqrt(mp.mpc(trace) ** 2 - mp.mpf("3.6"))
    return [(trace + root) / 2, (trace - root) / 2]


@cache
def outcome(id_: str) -> Outcome:
    return CLAIMS[id_].compute(QUICK)


def number(id_: str, name: str) -> Any:
    return outcome(id_).numbers[name]


@pytest.mark.parametrize("condition", [5.0, 100.0, 1442.0, 1e4])
def test_the_best_rate_of_the_heavy_ball_centres_the_spectrum(condition: float) -> None:
    gamma = 0.9
    eta = np.linspace(0.01, 4, 2000)[:, None] / condition
    trace = 1 + gamma - eta * np.geomspace(1, condition, 60)
    root = np.sqrt(trace.astype(complex) ** 2 - 4 * gamma)
    searched = np.max(np.maximum(abs(trace + root), abs(trace - root)) / 2, axis=1).min()
    found = float(slowest(np.array([condition]), gamma)[0])
    # where two ends meet, the worst root turns sharply: a step of 0.002 in ηκ misses a little
    assert found <= searched + 1e-12
    assert searched - found < 1e-3


def test_the_momentum_of_nine_tenths_is_polyaks_best_at_one_condition() -> None:
    # γ* = ((√κ − 1)/(√κ + 1))²
    root = mp.sqrt(number("momentum-of-nine-tenths-is-typical", "best_at"))
    assert float(((root - 1) / (root + 1)) ** 2) == pytest.approx(0.9, rel=1e-12)
    low, high = number("momentum-of-nine-tenths-is-typical", "within_twice")
    assert low < 1442 < high


def test_complex_multipliers_are_what_makes_the_ball_swing() -> None:
    for product, swings in ((0.99 * EDGE, False), (1.01 * EDGE, True)):
        assert (mp.im(multipliers(1.9 - product)[0]) != 0) == swings
    assert number("momentum-stops-the-oscillation", "momentum_turns_above") >= EDGE


def test_rmsprop_is_drawn_into_its_two_cycle_at_the_rate_of_its_multiplier() -> None:
    # The multipliers are a complex pair of size √β: an area about the cycle shrinks by β a step.
    assert number("rmsprop-stops-the-oscillation", "multiplier") == pytest.approx(0.9**0.5)
    h, steps = 1e-6, 40
    optimizer = RMSprop(lr=1.0, epsilon=0.0)
    w, optimizer.s = np.array([0.5, 0.5 + h, 0.5]), np.array([0.25, 0.25, 0.25 + h])
    for _ in range(steps):
        w = optimizer.step(w, w)
    assert w[0] == pytest.approx(0.5, abs=1e-12)
    sides = np.array([w[1:] - w[0], optimizer.s[1:] - optimizer.s[0]]) / h
    # linear to h, and the differences are rounded at 10⁻¹⁶/h
    assert np.linalg.det(sides) == pytest.approx(0.9**steps, rel=1e-3)


@pytest.mark.parametrize(("factor", "leaves"), [(0.98, False), (1.02, True)])
def test_adams_minimum_repels_above_the_curvature_said(factor: float, leaves: bool) -> None:
    curvature = factor * number("adam-converges-on-a-parabola", "stable_below")
    # near the minimum √v is far below ε: m′ = 0.9 m + 0.1 λw, w′ = w − (η/ε) m′
    push = mp.mpf(0.01) / mp.mpf("1e-8") * mp.mpf(0.1) * curvature
    assert (max(abs(root) for root in multipliers(1.9 - push)) > 1) == leaves


def test_adams_drift_is_its_mean_step_where_no_wall_is() -> None:
    gradients = np.array([12.0, *[-1.0] * 9])
    adam, x = Adam(lr=1.0, beta2=0.9, epsilon=0.0), np.array(0.0)
    path = []
    for g in np.tile(gradients, 60):
        x = adam.step(x, np.array(g))
        path.append(float(x))
    # the moments' start has faded by 0.9^300
    late = (path[-1] - path[-301]) / 300
    assert drift(gradients, beta2=0.9) == pytest.approx(late, rel=1e-10)


def test_a_saddle_holds_gradient_descent_for_the_log_of_the_distance() -> None:
    distances = np.array([1e-9, 1e-4, 0.02])
    steps = saddle.escape(SGD(lr=saddle.RATE), saddle.from_the_ridge(distances))
    for d, step in zip(distances, steps, strict=True):
        grown = [mp.mpf(d) * mp.mpf("1.01") ** t for t in (step - 1, step)]
        assert grown[0] < 1 <= grown[1]


def test_the_heavy_ball_leaves_a_saddle_by_its_larger_multiplier() -> None:
    # y′ = y − v′, v′ = γv − ηy: z² − (1 + γ + η) z + γ
    fastest = float(max(mp.re(z) for z in multipliers(1.91)))
    near, far = saddle.escape(
        SGDMomentum(lr=saddle.RATE), saddle.from_the_ridge(np.array([1e-12, 1e-4]))
    )
    assert near - far == pytest.approx(np.log(1e8) / np.log(fastest), abs=1)


def test_the_printed_lines_are_those_of_the_articles_program() -> None:
    lines = number("race-prints-certain-digits", "lines")
    # as its own program prints them, and 50 digits confirm
    assert lines["SGD + momentum"] == "(0.9335, 0.8711), 0.004433"
    assert lines["Adam"] == "(-1.0519, 1.1124), 4.213875"


def test_the_newton_steps_are_those_of_fifty_digits() -> None:
    with mp.workdps(50):
        x, y, steps = mp.mpf("-1.5"), mp.mpf(2), 0
        while (1 - x) ** 2 + 100 * (y - x**2) ** 2 > mp.mpf("1e-10"):
            slope = mp.matrix([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
            bend = mp.matrix([[2 - 400 * y + 1200 * x**2, -400 * x], [-400 * x, 200]])
            move = mp.lu_solve(bend, slope)
            x, y, steps = x - move[0], y - move[1], steps + 1
    assert number("rosenbrock-is-hard-to-optimize", "newton_steps") == steps
    # λ² − 1002 λ + 400 = 0 at the minimum
    low, high = (501 - mp.sqrt(501**2 - 400), 501 + mp.sqrt(501**2 - 400))
    condition = number("rosenbrock-is-hard-to-optimize", "condition_number")
    assert condition == pytest.approx(float(high / low), rel=1e-9)
    curvature = number("momentum-rule-suits-the-race", "curvature")
    assert curvature["end"] == pytest.approx(float(high), rel=1e-12)


def test_the_last_rates_are_what_fifty_digits_say() -> None:
    last = number("cosine-falls-to-zero-in-the-plot", "last")
    with mp.workdps(50):
        exact = {
            "Step decay": mp.mpf("0.1") / 16,
            "Exponential decay": mp.exp(mp.mpf("-4.95")) / 10,
            "Cosine annealing": (1 + mp.cos(mp.pi * 99 / 100)) / 20,
            "Warm-up + cosine": (1 + mp.cos(mp.pi * 89 / 90)) / 20,
        }
    # the rounding of an angle near π/2 is one of a sine near 0: 1/0.016 roundings
    assert last == pytest.approx({name: float(rate) for name, rate in exact.items()}, rel=1e-13)


def test_the_sums_in_the_picture_are_those_of_the_closed_forms() -> None:
    (picture,) = outcome("warm-up-uses-every-epoch").pictures
    data = picture["data"]
    sums = dict(zip(data["schedules"], data["sums"], strict=True))
    assert sums["Step decay"] == pytest.approx(0.1 * 20 * (2 - 1 / 16), rel=1e-13)
    exponential = 0.1 * (1 - np.exp(-5)) / (1 - np.exp(-0.05))
    assert sums["Exponential decay"] == pytest.approx(exponential, rel=1e-12)
    # Σ (1 + cos(πt/100))/2 over t = 0 … 99 is 50 + ½: cosines of t and 100 − t cancel
    assert sums["Cosine annealing"] == pytest.approx(0.1 * 50.5, rel=1e-13)
    # 0 + 0.1 + … + 0.9, then 45 + ½
    assert sums["Warm-up + cosine"] == pytest.approx(0.1 * (4.5 + 45.5), rel=1e-13)


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("adam-typically-converges-fastest", "first"),
        ("adam-is-fast-for-its-two-halves", "beats_both"),
    ],
)
def test_a_verdict_by_counting_is_away_from_even_odds(id_: str, name: str) -> None:
    share = number(id_, name)
    assert share["low"] <= share["share"] <= share["high"] < 0.5

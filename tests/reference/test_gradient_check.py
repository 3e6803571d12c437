"""The gradient check tells right from wrong, and from what cannot be told."""

import math
import zlib
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from gradmark.reference.gradient_check import (
    GradientReport,
    central_difference,
    check_gradient,
    relative_difference,
    taylor_remainder_order,
)
from gradmark.reference.landscapes import BUMPS_CRITICAL_POINTS, bumps, bumps_grad
from gradmark.reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss, initialize

NAMES = ("W1", "b1", "W2", "b2")
U = float(np.finfo(float).eps)
Arrays = tuple[np.ndarray[Any, Any], ...]


def network(seed: int) -> tuple[Callable[..., Any], Callable[..., Any], Arrays]:
    """Give the loss, its gradient and parameters of a random network on random data."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((5, 3))
    y = random.integers(0, 2, (5, 2)).astype(float)
    parameters = tuple(random.standard_normal(s) for s in ((3, 4), (1, 4), (4, 2), (1, 2)))
    return (
        lambda *p: compute_loss(X, y, *p),
        lambda *p: compute_gradients(X, y, *p),
        parameters,
    )


def with_noise(function: Callable[..., Any], level: float) -> Callable[..., float]:
    """Add deterministic noise, uniform in ±level: a hash of the parameters' bytes."""

    def noisy(*parameters: Any) -> float:
        code = zlib.crc32(b"".join(np.asarray(p).tobytes() for p in parameters))
        return float(function(*parameters)) + level * (code / 2**31 - 1)

    return noisy


def check_network_with_an_error(seed: int, relative_error: float) -> GradientReport:
    """Check a network's gradient whose largest entry of dW2 is wrong by a relative error."""
    loss, gradient, parameters = network(seed)

    def planted(*p: Any) -> list[Any]:
        gradients = [g.copy() for g in gradient(*p)]
        largest = np.unravel_index(np.abs(gradients[2]).argmax(), gradients[2].shape)
        gradients[2][largest] *= 1 + relative_error
        return gradients

    return check_gradient(loss, planted, parameters, names=NAMES, seed=seed)


# --- differences -------------------------------------------------------------------------------


def test_the_central_difference_is_as_accurate_as_its_step_promises() -> None:
    w = np.random.default_rng(1).uniform(-2, 2, (2, 5))
    numerical = central_difference(lambda v: np.sum(bumps(v)), w)
    with mpmath.workdps(50):
        for j in range(5):
            x, y = (mpmath.mpf(float(value)) for value in w[:, j])
            exact = [
                x + mpmath.mpf(9) / 10 * mpmath.cos(3 * x) * mpmath.cos(3 * y),
                y - mpmath.mpf(9) / 10 * mpmath.sin(3 * x) * mpmath.sin(3 * y),
            ]
            h = U ** (1 / 3) * 2
            # truncation: |f‴| ≤ 0.3·27; roundoff: a dozen roundings of a sum below 20
            bound = h**2 / 6 * 8.1 + 12 * 20 * U / (2 * h / 2)
            assert all(abs(numerical[k, j] - exact[k]) < bound for k in range(2))


@pytest.mark.parametrize("parameter", [3.0, np.float64(3.0), np.array([3.0]), np.array([[3.0]])])
def test_the_result_has_the_parameters_form(parameter: Any) -> None:
    alone = central_difference(lambda w: float(np.squeeze(w)) ** 2, parameter)
    in_a_list = central_difference(lambda w: float(np.squeeze(w)) ** 2, [parameter])
    assert np.shape(alone) == np.shape(parameter)
    assert isinstance(in_a_list, list)
    np.testing.assert_array_equal(alone, in_a_list[0])
    # f‴ = 0: nothing but roundoff of values near 9
    np.testing.assert_allclose(alone, 6, rtol=0, atol=9 * U / U ** (1 / 3))


def test_float32_parameters_are_moved_by_a_float32_step() -> None:
    w = np.array([1.0, 2.0], dtype=np.float32)
    numerical = central_difference(lambda v: np.sum(v**2), w)
    assert numerical.dtype == np.float32
    u = float(np.finfo(np.float32).eps)
    np.testing.assert_allclose(numerical, [2, 4], rtol=0, atol=8 * u / u ** (1 / 3))


def test_the_parameters_are_never_touched_even_where_the_function_raises_or_writes() -> None:
    w = np.array([0.1, 0.2, 0.3])
    before = w.copy()

    def raises(v: Any) -> float:
        if v[1] != before[1]:
            raise RuntimeError("in between")
        return float(v.sum())

    def writes(v: Any) -> float:
        v *= 2
        return float(v.sum())

    with pytest.raises(RuntimeError, match="in between"):
        central_difference(raises, w)
    # 2 Σ v is linear, and small
    np.testing.assert_allclose(central_difference(writes, w), 2, rtol=0, atol=1e-10)
    check_gradient(writes, lambda _: np.full(3, 2.0), w)
    np.testing.assert_array_equal(w, before)


def test_a_given_step_is_taken() -> None:
    # [(1 + h)³ − (1 − h)³] / 2h = 3 + h²
    assert central_difference(lambda w: w**3, 1.0, h=0.5) == 3.25


def test_the_relative_difference_is_the_articles_and_is_not_symmetric() -> None:
    np.testing.assert_array_equal(relative_difference([0.0, 1.0], [1.0, 1.0]), [1e8, 0.0])
    assert relative_difference(1.0, 0.0) == 1 / (1 + 1e-8)
    with pytest.raises(ValueError, match=r"analytical, numerical: expected equal shapes"):
        relative_difference([1.0, 2.0], [1.0])


def test_the_articles_threshold_fails_a_right_gradient_at_a_minimum() -> None:
    # the right gradient there is 0, and a difference quotient cannot be
    minimum = np.add(BUMPS_CRITICAL_POINTS[0].location, [0.0, 1e-12])
    numerical = central_difference(bumps, minimum, h=1e-5)
    assert relative_difference(bumps_grad(minimum), numerical).max() > 1e-5
    assert check_gradient(bumps, bumps_grad, minimum).verdict == "noisy"


# --- Taylor remainders -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_the_taylor_remainder_is_of_order_two_where_right_and_one_where_wrong(seed: int) -> None:
    loss, gradient, parameters = network(seed)
    random = np.random.default_rng(seed)
    direction = [random.standard_normal(p.shape) for p in parameters]
    assert taylor_remainder_order(loss, gradient, parameters, direction) == pytest.approx(
        2, abs=0.1
    )
    for error in (1e-3, 1e-5):
        wrong = taylor_remainder_order(
            loss, lambda *p, e=error: [(1 + e) * g for g in gradient(*p)], parameters, direction
        )
        # an error of 1e-5 in a small slope overtakes the curvature just above the roundoff
        assert 0.9 < wrong < 1.6


def test_a_remainder_of_nothing_but_roundoff_has_infinite_order() -> None:
    assert taylor_remainder_order(lambda w: 2 * w, lambda _: 2.0, 1.0, 1.0) == math.inf


def test_noise_has_order_zero() -> None:
    noisy = with_noise(np.sin, 1e-4)
    assert taylor_remainder_order(noisy, np.cos, 1.0, 1.0) < 0.5


# --- the verdict -------------------------------------------------------------------------------


def test_a_right_gradient_is_called_right_for_a_hundred_networks() -> None:
    verdicts = [
        check_gradient(*network(seed), names=NAMES, seed=seed).verdict for seed in range(100)
    ]
    assert verdicts == ["right"] * 100


@pytest.mark.parametrize("relative_error", [1e-3, -1e-3, 1e-5, 1.0, -2.0])
@pytest.mark.parametrize("seed", range(5))
def test_one_wrong_entry_is_found_and_named(seed: int, relative_error: float) -> None:
    report = check_network_with_an_error(seed, relative_error)
    assert report.verdict == "wrong"
    (wrong,) = (entry for entry in report.entries if entry.verdict != "right")
    assert wrong.parameter == "W2"
    assert wrong.analytical == pytest.approx(wrong.numerical * (1 + relative_error), rel=1e-7)
    assert 0.9 < report.orders["W2"] < 1.6
    assert report.orders["W1"] > 1.9


@pytest.mark.parametrize("level", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_function_proves_nothing(seed: int, level: float) -> None:
    loss, gradient, parameters = network(seed)
    report = check_gradient(with_noise(loss, level), gradient, parameters, seed=seed)
    assert {entry.verdict for entry in report.entries} == {"noisy"}
    # uniform in ±level: σ = level/√3; measured from 7 walks of 8 degrees of freedom
    assert level / 3 < report.noise < level


def test_noise_does_not_hide_a_gross_error() -> None:
    loss, gradient, parameters = network(0)
    report = check_gradient(
        with_noise(loss, 1e-9), lambda *p: [g + 1 for g in gradient(*p)], parameters
    )
    assert report.verdict == "wrong"


@pytest.mark.parametrize("seed", range(5))
def test_a_function_computed_in_float32_is_noisy(seed: int) -> None:
    loss, gradient, parameters = network(seed)
    report = check_gradient(
        lambda *p: float(np.float32(loss(*p))), gradient, parameters, names=NAMES, seed=seed
    )
    assert report.verdict == "noisy"


def test_a_float32_function_too_flat_to_move_is_noisy_not_wrong() -> None:
    # 1e-5 times a step of 6e-6 is 6e-11, below the spacing of float32 near 1
    report = check_gradient(lambda w: np.float32(1 + 1e-5 * w), lambda _: 1e-5, 0.5)
    assert report.entries[0].numerical == 0
    assert report.verdict == "noisy"


def test_the_articles_xor_network_starts_on_a_kink() -> None:
    # x = (0, 0) and b1 = 0 put all four hidden units at z1 = 0
    report = check_gradient(
        lambda *p: compute_loss(XOR_X, XOR_Y, *p),
        lambda *p: compute_gradients(XOR_X, XOR_Y, *p),
        initialize(),
        names=NAMES,
    )
    assert report.verdict == "kink"
    kinks = [entry for entry in report.entries if entry.verdict != "right"]
    assert [(entry.parameter, entry.index) for entry in kinks] == [("b1", (0, j)) for j in range(4)]
    for entry in kinks:
        # ReLU′(0) = 0 is the slope from the left, where that sample's unit is off
        assert entry.analytical == pytest.approx(entry.left, abs=1e-9)
        assert abs(entry.left - entry.right) > 1e-3


@pytest.mark.parametrize("offset", [0.0, 1e-6, -3e-6, 4e-6, -8e-6])
def test_a_kink_within_reach_of_the_difference_is_called_a_kink(offset: float) -> None:
    report = check_gradient(
        lambda w: np.maximum(0, w - 1 - offset) + w,
        lambda w: np.where(w > 1 + offset, 2.0, 1.0),
        1.0,
    )
    assert report.verdict == "kink"


def test_a_kink_out_of_reach_does_no_harm() -> None:
    # 2h = 1.2e-5
    report = check_gradient(lambda w: abs(w - 1 - 1e-4) + w**2, lambda w: 2 * w - 1, 1.0)
    assert report.verdict == "right"


def test_a_gradient_that_is_no_slope_of_the_kink_is_wrong() -> None:
    assert check_gradient(np.abs, lambda _: 2.0, 0.0).verdict == "wrong"
    # ReLU(w) − ReLU(−w) = w is smooth at 0, and ReLU′(0) = 0 gets its slope wrong
    identity = check_gradient(
        lambda w: np.maximum(0, w) - np.maximum(0, -w), lambda w: (w > 0) * 1.0 - (-w > 0), 0.0
    )
    assert identity.verdict == "wrong"


def test_the_gravest_entry_decides() -> None:
    # right in the first entry, a kink in the second, wrong in the third
    report = check_gradient(
        lambda w: w[0] ** 2 + abs(w[1]) + w[2] ** 2,
        lambda w: np.array([2 * w[0], 0.0, 3 * w[2]]),
        np.array([1.0, 0.0, 1.0]),
    )
    assert [entry.verdict for entry in report.entries] == ["right", "kink", "wrong"]
    assert report.verdict == "wrong"


def test_the_same_seed_gives_the_same_report() -> None:
    assert check_gradient(*network(3), seed=4) == check_gradient(*network(3), seed=4)
    assert check_gradient(*network(3), seed=4) != check_gradient(*network(3), seed=5)


# --- the report --------------------------------------------------------------------------------


def test_the_report_names_parameter_index_and_numbers() -> None:
    text = str(check_network_with_an_error(0, 1e-3)).splitlines()
    assert text[0].startswith("gradient check: wrong (25 of 26 entries right; tolerance 1e-06")
    assert [line.split(":")[0].strip() for line in text[1:5]] == list(NAMES)
    assert "Taylor order 1.00, worst relative difference 1.0e-03" in text[3]
    assert text[5].startswith("  wrong W2[")
    assert "analytical" in text[5]
    assert "numerical" in text[5]
    assert len(text) == 6


def test_a_long_report_is_cut_and_the_gravest_come_first() -> None:
    slopes = np.arange(14.0)
    slopes[13] = 5.0
    text = str(check_gradient(lambda w: np.sum(np.abs(w)), lambda _: slopes / 13, np.zeros(14)))
    lines = text.splitlines()
    assert lines[2].startswith("  kink  parameter 0[0]:")
    assert len(lines) == 2 + 10 + 1
    assert lines[-1] == "  … and 4 more"
    assert (
        str(check_gradient(np.abs, np.sign, 0.0))
        .splitlines()[2]
        .startswith("  kink  parameter 0: analytical 0, numerical 0 (left -1, right 1)")
    )


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: central_difference(lambda w: w, np.ones(2)),
            r"function: expected one finite number, got array\(\[.*\]\) at \[1\.00000606 1\.",
        ),
        (
            lambda: central_difference(lambda _: math.nan, 1.0),
            "function: expected one finite number, got nan at 1",
        ),
        (lambda: central_difference(np.sum, [[]]), "parameters: expected at least one number"),
        (
            lambda: central_difference(np.sin, math.inf),
            r"parameters\[0\]: expected finite numbers, got inf",
        ),
        (lambda: central_difference(np.sin, 1.0, h=0), "h: expected a positive number, got 0"),
        (
            lambda: central_difference(np.sin, 1.0, h=1e-30),
            "h: expected a step that moves 1.0, got 1e-30",
        ),
        (
            lambda: check_gradient(np.sin, lambda _: np.ones(2), 1.0),
            r"gradient: expected shapes \[\(\)\], got \[\(2,\)\]",
        ),
        (
            lambda: taylor_remainder_order(np.sin, np.cos, 1.0, [1.0, 2.0]),
            r"direction: expected shapes \[\(\)\], got \[\(\), \(\)\]",
        ),
        (
            lambda: check_gradient(np.sin, np.cos, 1.0, names=["a", "b"]),
            r"names: expected 1, got 2: \['a', 'b'\]",
        ),
        (
            lambda: check_gradient(np.sin, np.cos, 1.0, tolerance=0),
            "tolerance: expected a positive number, got 0",
        ),
    ],
)
def test_unusable_arguments_are_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

"""The two signals of a gradient: right, wrong, noisy and at a kink are told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.properties.gradients import Signals, offsets, signals
from gradmark.conformance.properties.gradients.__main__ import main
from gradmark.conformance.properties.gradients.networks import draw, gradients, loss, survey

H = 2.0**-8
U = 2.0**-53
T = offsets(H)


def _verdict(found: Signals) -> str:
    return str(found.verdict)


def test_a_right_gradient_leaves_a_remainder_of_second_order() -> None:
    found = signals(np.sin(1 + T), math.cos(1), H, noise=U)
    assert _verdict(found) == "right"
    assert found.order == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(("error", "order"), [(1e-6, 1.9), (1e-4, 1.15), (1e-2, 1.01)])
def test_a_wrong_gradient_leaves_a_remainder_whose_order_falls_to_one(
    error: float, order: float
) -> None:
    found = signals(np.sin(1 + T), math.cos(1) * (1 + error), H, noise=U)
    assert _verdict(found) == "wrong"
    assert 0.98 < found.order < order


@pytest.mark.parametrize("slope", [-1.0, 0.0, 0.3, 1.0])
def test_at_a_kink_every_slope_in_between_is_excused(slope: float) -> None:
    assert _verdict(signals(abs(T), slope, H, noise=U)) == "kink"


def test_at_a_kink_a_slope_that_is_neither_side_s_is_wrong() -> None:
    assert _verdict(signals(abs(T), 1.5, H, noise=U)) == "wrong"


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_noise_above_the_rounding_that_was_granted_is_noise_not_an_error(dtype: str) -> None:
    values = np.sin(1 + T).astype(dtype).astype(float)
    found = signals(values, math.cos(1), H, noise=U)
    assert _verdict(found) == "noisy"


def test_a_straight_line_has_no_order_and_is_right() -> None:
    found = signals(3 * T, 3.0, H, noise=U)
    assert _verdict(found) == "right"
    assert found.order == math.inf


def test_many_lines_are_told_apart_at_once() -> None:
    z = np.array([-1.0, 0.0, 1.0])
    values = [np.maximum(z + t, 0) for t in T]
    assert signals(values, [0.0, 0.0, 1.0], H, noise=U).verdict.tolist() == [
        "right",
        "kink",
        "right",
    ]
    wrong = signals(values, [0.0, 0.0, 0.5], H, noise=U)
    assert wrong.verdict.tolist() == ["right", "kink", "wrong"]
    with pytest.raises(AssertionError, match=r"wrong: the central difference is off by 0\.5"):
        wrong.refuse("wrong")


# --- networks -------------------------------------------------------------------------------------


def test_the_surveyed_loss_and_gradients_are_the_reference_s() -> None:
    networks = draw(np.random.default_rng(0), 20, 3, 2, 4, 2)
    for i in range(20):
        one = [part[i] for part in networks]
        assert loss(networks)[i] == pytest.approx(float(reference.compute_loss(*one)), rel=1e-14)
        for got, expected in zip(
            gradients(networks), reference.compute_gradients(*one), strict=True
        ):
            np.testing.assert_allclose(got[i], expected, rtol=0, atol=1e-15)


def test_no_drawn_network_is_near_a_kink() -> None:
    X, _, W1, b1, _, _ = draw(np.random.default_rng(0), 1000, 4, 3, 4, 1)
    assert np.min(abs(X @ W1 + b1)) >= 2.0**-7


@pytest.mark.parametrize(("dtype", "least"), [("float64", 1e-4), ("float32", 3e-2)])
def test_no_right_gradient_is_called_wrong_and_no_wrong_one_right(dtype: str, least: float) -> None:
    # least: 32 roundoffs of the loss over the step, and of the gradient, over the planted error
    tally = survey(4000, 1, dtype)
    assert tally.alarms == 0
    assert tally.worst < 0.25  # far from it
    assert np.all(tally.caught[tally.sizes >= least])
    assert np.mean(tally.sizes >= least) > 0.6
    assert np.all(abs(np.quantile(tally.orders, [0.01, 0.99]) - 2) < 0.02)


def test_the_survey_prints_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--networks", "300", "--seed", "4"]) == 0
    told = capsys.readouterr().out
    assert "float64, 300 networks, seed 4\n  right gradients called otherwise:         0\n" in told
    with pytest.raises(SystemExit, match="2"):
        main(["--networks", "0"])

"""Gradient descent takes the steps its rule says, and the article's walks end where they do."""

from typing import Any

import mpmath
import numpy as np
import pytest

from gradmark.reference.descent import gradient_descent, gradient_step
from gradmark.reference.landscapes import (
    BOWL_CRITICAL_POINTS,
    QUARTIC_CRITICAL_POINTS,
    bowl_grad,
    bumps_grad,
    quartic_grad,
)


def test_a_step_subtracts_the_learning_rate_times_the_gradient() -> None:
    w, grad = np.array([1.0, 2.0]), np.array([10.0, -10.0])
    np.testing.assert_array_equal(gradient_step(w, grad, 0.25), [-1.5, 4.5])
    np.testing.assert_array_equal(w, [1.0, 2.0])
    np.testing.assert_array_equal(grad, [10.0, -10.0])


def test_descent_on_a_parabola_shrinks_by_the_same_factor_at_every_step() -> None:
    # w ← w − η·2w = (1 − 2η) w; η = 1/4 halves it, exactly in binary
    history = gradient_descent(lambda w: 2 * w, 8.0, 0.25, 4)
    np.testing.assert_array_equal(history, [8.0, 4.0, 2.0, 1.0, 0.5])


def test_a_batch_of_starts_descends_as_each_would_alone() -> None:
    starts = np.random.default_rng(4).uniform(-1, 1, (2, 6))
    together = gradient_descent(bumps_grad, starts, 0.1, 20)
    assert together.shape == (21, 2, 6)
    for k in range(6):
        alone = gradient_descent(bumps_grad, starts[:, k], 0.1, 20)
        # the sines of an array and of a number may differ by an ulp, which descent does not grow
        np.testing.assert_allclose(together[..., k], alone, rtol=0, atol=1e-14)


def test_no_steps_leave_only_the_start_whose_dtype_is_kept() -> None:
    history = gradient_descent(lambda w: w, np.ones(3, np.float32), 0.1, 0)
    assert history.dtype == np.float32
    np.testing.assert_array_equal(history, np.ones((1, 3)))
    assert gradient_step(np.ones(3, np.float32), np.ones(3, np.float32), 0.1).dtype == np.float32


def test_the_articles_quartic_descent_is_still_on_its_way_to_the_local_minimum() -> None:
    minimum, _, local = QUARTIC_CRITICAL_POINTS
    history = gradient_descent(quartic_grad, 3.0, 0.01, 200)
    assert np.all(np.diff(history) < 0)
    with mpmath.workdps(50):
        w = mpmath.mpf(3)
        for _ in range(200):
            w -= (4 * w**3 - 9 * w**2 + 4 * w + 1) / 100
        # each of 200 contracting steps adds a few roundings of terms below 1
        assert abs(history[-1] - w) < 1e-13
        # L′ = (w − 1)(4w² − 5w − 1): its larger root is where the walk would end
        assert 8e-4 < w - (5 + mpmath.sqrt(41)) / 8 < 1e-3
    assert local.kind == "minimum"
    assert not local.is_global
    assert minimum.value < local.value - 1


def test_the_articles_good_rate_on_the_bowl_settles_in_the_local_minimum() -> None:
    assert gradient_descent(bowl_grad, 3.0, 0.1, 50)[-1] == pytest.approx(
        BOWL_CRITICAL_POINTS[2].location, abs=1e-13
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0], 0.1, -1), ValueError, "steps: expected at least 0, got -1"),
        (([1.0], 0.1, 1.5), TypeError, "steps: expected an integer, got 1.5"),
        (([1.0], 0.0, 1), ValueError, "lr: expected a positive number, got 0"),
        (([1.0], -0.1, 0), ValueError, "lr: expected a positive number, got -0.1"),
    ],
)
def test_descent_refuses_what_is_no_walk(arguments: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        gradient_descent(lambda w: w, *arguments)


def test_a_step_does_not_broadcast() -> None:
    with pytest.raises(ValueError, match=r"w, grad: expected equal shapes, got \(2,\) and \(1,\)"):
        gradient_step([1.0, 2.0], [1.0], 0.1)

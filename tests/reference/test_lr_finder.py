"""The finder sweeps as told, stops at the explosion, and reads the rates off the fall before it."""

import math
from typing import Any

import numpy as np
import pytest

from gradmark.reference.lr_finder import find_learning_rate
from gradmark.reference.network import (
    XOR_X,
    XOR_Y,
    compute_gradients,
    compute_loss,
    initialize,
    train,
)


def xor(_: int, *parameters: Any) -> tuple[Any, Any]:
    return (
        compute_loss(XOR_X, XOR_Y, *parameters),
        compute_gradients(XOR_X, XOR_Y, *parameters),
    )


def parabola(_: int, w: Any) -> tuple[Any, Any]:
    """½w² + 1, on which a rate above 2 diverges."""
    return w**2 / 2 + 1, w


def test_the_rates_grow_by_one_factor_from_the_least_to_the_largest() -> None:
    sweep = find_learning_rate(parabola, 3.0, min_lr=3e-4, max_lr=3e4, batches=41)
    # 40 steps over eight decades
    expected = 3 * 10 ** (-4 + 0.2 * np.arange(len(sweep.lrs)))
    np.testing.assert_allclose(sweep.lrs, expected, rtol=1e-13)
    assert sweep.stopped_at == sweep.lrs[-1]


def test_each_batch_takes_one_step_of_gradient_descent_with_its_rate() -> None:
    sweep = find_learning_rate(parabola, 3.0, max_lr=1e4, batches=60)
    w = 3.0
    for lr, loss in zip(sweep.lrs, sweep.losses, strict=True):
        assert loss == pytest.approx(w**2 / 2 + 1, rel=1e-12, abs=0)
        w -= lr * w
    np.testing.assert_array_equal(sweep.smoothed, sweep.losses)


def test_the_sweep_stops_at_the_first_loss_above_four_times_the_best() -> None:
    sweep = find_learning_rate(parabola, 3.0, max_lr=1e4, batches=300)
    best = np.minimum.accumulate(sweep.losses)
    assert sweep.losses[-1] > 4 * best[-1]
    assert np.all(sweep.losses[:-1] <= 4 * best[:-1])
    # the parabola grows only where |1 − η| > 1
    assert sweep.stopped_at > 2


def test_the_suggestions_are_those_of_losses_worked_by_hand() -> None:
    # falls of 1, 3, 2 after the rates 1, 10, 100; then the rise after 1000
    losses = [10.0, 9.0, 6.0, 4.0, 5.0, 100.0, 0.0]
    sweep = find_learning_rate(
        lambda i, w: (losses[i], 0 * w), 1.0, min_lr=1.0, max_lr=1e6, batches=7
    )
    assert sweep.steepest == pytest.approx(10)
    assert sweep.tenth_of_rise == pytest.approx(100)
    assert sweep.stopped_at == pytest.approx(1e5)
    np.testing.assert_array_equal(sweep.losses, losses[:6])


def test_a_loss_that_is_not_finite_is_an_explosion() -> None:
    losses = [3.0, 2.0, math.nan]
    sweep = find_learning_rate(lambda i, w: (losses[i], w), 1.0, min_lr=1, max_lr=100, batches=3)
    assert sweep.stopped_at == pytest.approx(100)
    assert sweep.steepest == pytest.approx(1)
    assert sweep.tenth_of_rise == pytest.approx(1)


def test_a_negative_loss_explodes_by_its_size() -> None:
    # −2 + 3·2 = 4
    losses = [1.0, -2.0, 3.9, 4.1, 0.0]
    sweep = find_learning_rate(lambda i, w: (losses[i], w), 1.0, min_lr=1, max_lr=16, batches=5)
    assert sweep.stopped_at == pytest.approx(8)


def test_smoothing_is_the_bias_corrected_running_mean() -> None:
    # weight ½: 8; (2·4 + 8)/3 = 16/3; (4·1 + 2·4 + 8)/7 = 20/7; …
    losses = [8.0, 4.0, 1.0, 1000.0]
    sweep = find_learning_rate(
        lambda i, w: (losses[i], w), 1.0, min_lr=1, max_lr=8, batches=4, smoothing=0.5
    )
    np.testing.assert_allclose(sweep.smoothed, [8, 16 / 3, 20 / 7, 8020 / 15], rtol=1e-15)
    assert sweep.steepest == pytest.approx(1)


def test_each_batch_is_asked_for_by_its_number_and_noise_is_smoothed_away() -> None:
    # linear regression on batches of 64 samples: y = 2x with noise
    random = np.random.default_rng(0)
    X = random.standard_normal((300, 64))
    y = 2 * X + 0.1 * random.standard_normal((300, 64))
    asked = []

    def batch(i: int, w: Any) -> tuple[Any, Any]:
        asked.append(i)
        error = X[i] * w - y[i]
        return np.mean(error**2), 2 * np.mean(error * X[i])

    sweep = find_learning_rate(batch, 0.0, min_lr=1e-4, max_lr=100, batches=300, smoothing=0.95)
    assert asked == list(range(len(sweep.lrs)))
    # the mean curvature is 2: η above 1 diverges on average
    assert 1e-3 < sweep.steepest < 1
    assert 1e-3 < sweep.tenth_of_rise < 1


def test_the_rates_found_for_the_articles_xor_network_do_train_it() -> None:
    sweep = find_learning_rate(xor, initialize(), max_lr=100.0)
    # its own choice is 0.5
    assert 0.1 < sweep.tenth_of_rise < 1
    assert sweep.tenth_of_rise < sweep.steepest < sweep.stopped_at
    trained = train(XOR_X, XOR_Y, *initialize(), lr=sweep.tenth_of_rise, epochs=1000)
    assert trained.losses[-1] < 0.5


def test_the_articles_xor_network_does_not_explode_by_rate_ten() -> None:
    # its ReLUs die, every prediction becomes ½ and the loss log 2
    with pytest.raises(
        ValueError, match=r"max_lr: .*ended at 0\.693147 with rate 10; try a larger"
    ):
        find_learning_rate(xor, initialize(), batches=200)


def test_parameters_are_left_alone_and_float32_stays_float32() -> None:
    w = np.array([3.0], dtype=np.float32)
    dtypes = set()

    def watched(_: int, v: Any) -> tuple[Any, Any]:
        dtypes.add(v.dtype)
        return float(v[0]) ** 2 + 1, 2 * v

    find_learning_rate(watched, w, max_lr=100.0)
    assert w[0] == 3
    assert dtypes == {np.dtype(np.float32)}


def test_a_loss_that_never_falls_is_reported_with_what_was_seen() -> None:
    with pytest.raises(
        ValueError,
        match=r"loss_and_gradient: expected a loss that falls .* began at 5\.5 and ended at",
    ):
        find_learning_rate(lambda _, w: (w**2 / 2 + 1, -w), 3.0)
    with pytest.raises(ValueError, match="began at nan and ended at nan with rate 1e-07"):
        find_learning_rate(lambda _, w: (math.nan, w), 3.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_lr": 1.0, "max_lr": 1.0}, "max_lr: expected more than min_lr = 1.0, got 1.0"),
        ({"min_lr": 0.0}, "min_lr: expected a positive number, got 0"),
        ({"batches": 2}, "batches: expected at least 3, got 2"),
        ({"explosion": 1.0}, "explosion: expected more than 1, got 1.0"),
        ({"smoothing": 1.0}, r"smoothing: expected a number in \[0, 1\), got 1"),
    ],
)
def test_unusable_arguments_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_learning_rate(parabola, 3.0, **arguments)

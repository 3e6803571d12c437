from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gradmark.reference.schedules import (
    cosine_annealing,
    exponential_decay,
    step_decay,
    warmup_cosine,
)
from tests.reference.exact import FLOATS, LIBRARY_ULPS, Exact, exact, ulps

ALL = (step_decay, exponential_decay, cosine_annealing, warmup_cosine)
EPOCHS = np.concatenate([np.arange(0, 201), [0.5, 1e-9, 9.999, 10.5, 99.5, 99.999]])
LR = mp.mpf(0.1)


def half_cosine(t: Exact, T: Exact) -> Exact:
    return (1 + mp.cos(mp.pi * t / T)) / 2


def test_step_decay_by_hand() -> None:
    # a quarter every 10 epochs: epochs 0–9 at 1, 10–19 at 1/4, 20–29 at 1/16
    got = step_decay([0, 9, 9.999, 10, 19, 25], initial_lr=1.0, drop=0.25, epochs_drop=10)
    assert_array_equal(got, [1, 1, 1, 0.25, 0.25, 0.0625])


def test_step_decay_is_a_power_of_the_drop() -> None:
    want = [LR * mp.mpf(0.3) ** mp.floor(t / 7) for t in exact(EPOCHS)]
    # the power and a product
    assert ulps(step_decay(EPOCHS, drop=0.3, epochs_drop=7), want) <= 2


def test_exponential_decay_is_an_exponential() -> None:
    k = mp.mpf(0.05)
    for t, got in zip(EPOCHS, exponential_decay(EPOCHS), strict=True):
        (x,) = exact(t)
        # exp, a product, and the rounding of k t, which exp multiplies by k t
        assert ulps(got, [LR * mp.exp(-k * x)]) <= 2 + float(k * x)


@pytest.mark.parametrize("T_max", [1, 7, 100, 1e6])
def test_cosine_annealing_is_half_a_cosine(T_max: float) -> None:
    T = mp.mpf(T_max)
    epochs = np.concatenate([[0, 0.25, 0.5, 0.75, 1, 1.5, 2], [1 - 1 / T_max, 1 - 1e-9]]) * T_max
    want = [LR * half_cosine(t, T) for t in exact(epochs)]
    # The angle, at most π/2 in size over [0, 2T]: T − t, quotient, π/2, product, so 4 u, which the
    # sine does not increase; the sine. Twice that for the square; square and product by η₀.
    bound = 2 * (4 + 1) + 2
    at_end = 4  # there the wanted value is exactly 0, and so must the result be
    assert want[at_end] < mp.mpf(10) ** -90
    assert cosine_annealing(epochs, T_max=T_max)[at_end] == 0
    keep = [i for i in range(len(want)) if i != at_end]
    assert ulps(cosine_annealing(epochs, T_max=T_max)[keep], [want[i] for i in keep]) <= bound


def test_sine_squared_is_needed_one_epoch_before_the_end() -> None:
    want = [half_cosine(mp.mpf(999), mp.mpf(1000))]
    # 1 + cos loses about ½ ulp of 1 against (π/2T)² = 2.5e-6, cos² about T ulp, sin² nothing.
    assert ulps((1 + np.cos(np.pi * 999 / 1000)) / 2, want) > 10_000
    assert ulps(np.cos(np.pi * 999 / 2000) ** 2, want) > 500
    assert ulps(cosine_annealing(999, initial_lr=1.0, T_max=1000), want) <= 12


def test_cosine_annealing_starts_exactly_at_the_initial_rate_and_rises_again() -> None:
    assert_array_equal(cosine_annealing([0, 100, 200, 300], initial_lr=0.3)[:3], [0.3, 0, 0.3])
    assert cosine_annealing(150) > cosine_annealing(120) > 0


def test_warmup_is_linear_from_exactly_zero_and_then_a_half_cosine() -> None:
    want = [
        LR * t / 10 if t < 10 else LR * half_cosine(t - 10, mp.mpf(90)) for t in exact(EPOCHS[:100])
    ]
    # as for cosine_annealing, with t − W
    assert ulps(warmup_cosine(EPOCHS[:100]), want) <= 2 * (5 + 1) + 2
    # by hand: 0; 3/10; the top at 10; 55 is half-way from 10 to 100
    got = warmup_cosine([0, 3, 10, 100], initial_lr=1.0)
    assert_array_equal(got, [0, 0.3, 1, 0])
    assert warmup_cosine(55, initial_lr=1.0) == pytest.approx(0.5, rel=1e-15)


def test_without_warmup_epochs_it_is_cosine_annealing() -> None:
    assert_array_equal(warmup_cosine(EPOCHS, warmup_epochs=0), cosine_annealing(EPOCHS))


@pytest.mark.parametrize("schedule", ALL)
def test_a_scalar_gives_a_float_and_an_array_its_shape(schedule: Any) -> None:
    assert isinstance(schedule(3), float)
    assert schedule(np.ones((2, 3))).shape == (2, 3)
    assert schedule([]).shape == (0,)
    assert schedule(np.arange(5))[3] == schedule(3)


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("dtype", FLOATS)
def test_float_epochs_keep_their_dtype(schedule: Any, dtype: Any) -> None:
    got = schedule(np.array([0, 15, 50], dtype))
    assert got.dtype == dtype
    # As for the cosine, and each of the parameters is rounded to the dtype; exp and power of
    # float32 have their own bound.
    bound = 2 * (6 + 1) + 3 + LIBRARY_ULPS[np.dtype(dtype)]
    assert ulps(got, exact(schedule([0, 15, 50]))) <= bound


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("bad", [-1, np.nan, np.inf, [3, -2, np.nan]])
def test_epochs_are_finite_and_not_negative(schedule: Any, bad: Any) -> None:
    with pytest.raises(
        ValueError, match=r"epoch: expected finite non-negative epochs, got (-|nan|i)"
    ):
        schedule(bad)


@pytest.mark.parametrize(
    ("schedule", "argument", "bad"),
    [
        (step_decay, "drop", 0),
        (step_decay, "drop", -1),
        (step_decay, "epochs_drop", 0),
        (cosine_annealing, "T_max", 0),
        (cosine_annealing, "T_max", -3),
    ],
)
def test_a_positive_parameter_says_so(schedule: Any, argument: str, bad: float) -> None:
    with pytest.raises(ValueError, match=f"{argument}: expected a positive number, got {bad}$"):
        schedule(1, **{argument: bad})


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_rate_is_finite_not_negative_and_one_number(schedule: Any, bad: float) -> None:
    with pytest.raises(ValueError, match=f"initial_lr: expected a finite number, got {bad}"):
        schedule(1, initial_lr=bad)
    with pytest.raises(ValueError, match=r"initial_lr: expected a non-negative number, got -0\.1"):
        schedule(1, initial_lr=-0.1)
    with pytest.raises(ValueError, match=r"initial_lr: expected one number, got an array of shape"):
        schedule(1, initial_lr=[0.1])
    with pytest.raises(TypeError, match="initial_lr: expected real numbers"):
        schedule(1, initial_lr="fast")


def test_a_decay_rate_decays() -> None:
    with pytest.raises(ValueError, match="decay_rate: expected a non-negative number, got -1"):
        exponential_decay(1, decay_rate=-1)


@pytest.mark.parametrize("total", [10, 5, 0])
def test_the_warmup_ends_before_the_schedule(total: int) -> None:
    match = f"total_epochs: expected more than warmup_epochs = 10, got {total}"
    with pytest.raises(ValueError, match=match):
        warmup_cosine(1, total_epochs=total)


def test_warmup_epochs_are_not_negative() -> None:
    with pytest.raises(ValueError, match="warmup_epochs: expected a non-negative number, got -1"):
        warmup_cosine(1, warmup_epochs=-1)

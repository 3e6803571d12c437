"""Dropout and first weights by hand: what is refused, what repeats, what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradmark import reference


def test_a_seed_is_as_good_as_its_generator_and_a_generator_goes_on() -> None:
    rng = np.random.default_rng(3)
    first, second = (reference.he_normal(3, 4, rng) for _ in range(2))
    assert np.array_equal(first, reference.he_normal(3, 4, 3))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_what_is_kept_is_doubled_at_a_half_in_every_dtype(dtype: str) -> None:
    x = np.arange(1, 101, dtype=dtype)
    left = reference.dropout(x, 0.5, 1)
    assert left.dtype == dtype
    assert {*(left / x)} == {0.0, 2.0}


def test_at_rate_0_all_is_left() -> None:
    x = np.array([[1.5, -2.0]])
    assert np.array_equal(reference.dropout(x, 0.0, 0), x)


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(reference.dropout(np.full(50, np.nan), 0.5, 0)).all()


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_leaves_something(rate: float) -> None:
    with pytest.raises(ValueError, match="rate: expected"):
        reference.dropout([1.0], rate, 0)


@pytest.mark.parametrize("draw", [reference.glorot_uniform, reference.he_normal])
@pytest.mark.parametrize(
    ("fans", "named"), [((0, 3), "fan_in"), ((3, 0), "fan_out"), ((2.5, 3), "fan_in")]
)
def test_a_layer_has_at_least_one_whole_input_and_output(draw: Any, fans: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"{named}: expected"):
        draw(*fans, 0)


@pytest.mark.parametrize("source", [None, "seed", -1, np.random])
def test_chance_comes_from_a_generator_or_a_seed(source: Any) -> None:
    with pytest.raises(TypeError, match="rng: expected"):
        reference.dropout([1.0], 0.5, source)


def test_glorots_weights_have_a_row_an_input_and_keep_to_their_limit() -> None:
    weights = reference.glorot_uniform(30, 24, 0)
    assert weights.shape == (30, 24)
    assert 0.3 < abs(weights).max() <= 1 / 3  # the limit is √(6/54)

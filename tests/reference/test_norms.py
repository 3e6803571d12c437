"""Norms by hand: numbers that a person can check."""

from __future__ import annotations

import numpy as np
import pytest

from gradmark import reference


def test_running_statistics_take_the_unbiased_variance_of_the_batch() -> None:
    # The batch 1, 3 has mean 2; its squares about the mean sum to 2, over 2 − 1 samples.
    mean, var = reference.batch_norm_running([0.0], [1.0], [[1.0], [3.0]], momentum=0.25)
    assert np.array_equal(mean, [0.5])
    assert np.array_equal(var, [1.25])


def test_one_sample_has_no_unbiased_variance() -> None:
    with pytest.raises(ValueError, match="x: expected at least two samples"):
        reference.batch_norm_running([0.0], [1.0], [[1.0]], momentum=0.25)


def test_a_row_of_zeros_and_twos_becomes_minus_one_and_one() -> None:
    x, one = [[0.0, 2.0], [2.0, 0.0]], [1.0, 1.0]
    expected = [[-1.0, 1.0], [1.0, -1.0]]
    assert np.array_equal(reference.layer_norm(x, one, [0.0, 0.0], epsilon=0.0), expected)
    assert np.array_equal(reference.batch_norm(x, one, [0.0, 0.0], epsilon=0.0), expected)


def test_rms_norm_keeps_the_mean() -> None:
    # The mean of 1, 7 squared is 25.
    assert np.array_equal(reference.rms_norm([[1.0, 7.0]], [5.0, 5.0], epsilon=0.0), [[1.0, 7.0]])

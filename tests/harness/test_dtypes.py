"""The table of dtypes says what NumPy says, and what NumPy does."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from gradmark.harness.contract.dtypes import DTYPES, Dtype

EACH = pytest.mark.parametrize("dtype", DTYPES.values(), ids=lambda dtype: dtype.name)


@EACH
def test_each_number_of_a_dtype_is_numpy_s(dtype: Dtype) -> None:
    its: Any = ml_dtypes
    its = its.finfo(dtype.make())  # NumPy's own, and one more
    assert dtype.roundoff == float(its.eps) / 2
    assert dtype.epsilon == float(its.eps)
    assert (dtype.tiny, dtype.smallest) == (float(its.tiny), float(its.smallest_subnormal))
    assert dtype.largest == float(its.max)
    assert dtype.decimals == its.precision
    assert dtype.itemsize == its.dtype.itemsize


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_a_mean_is_carried_in_the_dtype_that_the_table_names(dtype: str) -> None:
    # Beside 2/u each 1 is lost in the dtype itself; what carries more digits keeps all of them.
    its = DTYPES[dtype]
    tall = np.ones((33, 2), its.make())
    tall[0] = 2 / its.roundoff
    exact = (2 / its.roundoff + 32) / 33
    kept = abs(float(np.mean(tall, axis=0)[0]) / exact - 1) <= its.roundoff
    assert kept == (DTYPES[its.sums_in].digits > its.digits)


def test_float16_sums_over_the_first_axis_are_rounded_at_each_step() -> None:
    # Which is why the error bound counts a rounding for each term, whatever the dtype.
    tall = np.full((4096, 3), 0.1, np.float16)
    assert np.all(np.sum(tall, axis=0) == 256)  # from there on 0.1 is lost
    assert np.all(abs(np.mean(tall, axis=0) - np.float16(0.1)) <= 2.0**-14)
    assert np.all(abs(tall.T @ tall / 4096 - 0.01) < 1e-4)

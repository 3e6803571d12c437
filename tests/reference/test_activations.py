from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gradmark.reference.activations import relu, relu_derivative, sigmoid, sigmoid_derivative
from tests.reference.exact import FLOATS, LIBRARY_ULPS, exact, ulps

ALL = (sigmoid, sigmoid_derivative, relu, relu_derivative)


@pytest.mark.parametrize("dtype", FLOATS)
def test_sigmoid_is_the_logistic_function_down_to_underflow(dtype: Any) -> None:
    last = {np.float64: -745.0, np.float32: -103.0}[dtype]  # e^last is still > 0
    z = np.concatenate([np.linspace(last, 60, 3001), [-1e-3, -0.0, 1e-30, last / 2]]).astype(dtype)
    want = [1 / (1 + mp.exp(-x)) for x in exact(z)]
    # The numerator's exp, the denominator's (at most half of it), a sum and a quotient.
    bound = 1.5 * LIBRARY_ULPS[np.dtype(dtype)] + 2
    assert ulps(sigmoid(z), want) <= bound


@pytest.mark.parametrize("dtype", FLOATS)
def test_sigmoid_saturates_without_a_warning_and_keeps_nan(dtype: Any) -> None:
    z = np.array([-np.inf, -1e30, -1000, 0, 1000, 1e30, np.inf, np.nan], dtype)
    assert_array_equal(sigmoid(z), np.array([0, 0, 0, 0.5, 1, 1, 1, np.nan], dtype))


def test_sigmoid_goes_below_the_floor_that_clipping_at_500_leaves() -> None:
    floor = 1 / (1 + mp.exp(500))
    assert mp.nstr(floor, 2) == "7.1e-218"
    assert sigmoid(-501.0) < float(floor)
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.exp(np.float32(500)) == np.inf


@pytest.mark.parametrize("dtype", FLOATS)
def test_sigmoid_derivative_is_a_times_one_minus_a(dtype: Any) -> None:
    a = np.array([0, 1e-30, 0.1, 0.25, 0.5, 0.7, 1 - 1e-6, 1], dtype)
    # one difference, one product
    assert ulps(sigmoid_derivative(a), [x * (1 - x) for x in exact(a)]) <= 2


def test_sigmoid_derivative_by_hand() -> None:
    assert sigmoid_derivative(0.25) == 0.1875  # 1/4 · 3/4 = 3/16


def test_sigmoid_derivative_takes_the_activation_and_refuses_what_is_none() -> None:
    with pytest.raises(ValueError, match=r"a: expected numbers in \[0, 1\], got 2.5"):
        sigmoid_derivative([0.5, 2.5, 3.0])
    with pytest.raises(ValueError, match=r"a: expected numbers in \[0, 1\], got -1.0"):
        sigmoid_derivative(-1)


@pytest.mark.parametrize("dtype", FLOATS)
def test_relu_keeps_what_is_positive_and_nan(dtype: Any) -> None:
    z = np.array([-np.inf, -2, -0.0, 0, 5e-324, 3, np.inf, np.nan], dtype)
    tiny = dtype(5e-324)  # 0 in float32
    assert_array_equal(relu(z), np.array([0, 0, 0, 0, tiny, 3, np.inf, np.nan], dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_relu_derivative_is_0_at_0_and_keeps_nan(dtype: Any) -> None:
    smallest = np.finfo(dtype).smallest_subnormal
    z = np.array([-np.inf, -smallest, -0.0, 0, smallest, np.inf, np.nan], dtype)
    assert_array_equal(relu_derivative(z), np.array([0, 0, 0, 0, 1, 1, np.nan], dtype))


@pytest.mark.parametrize("formula", ALL)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_shape_and_dtype_are_the_inputs(formula: Any, dtype: Any, shape: tuple[int, ...]) -> None:
    z = np.full(shape, 0.25, dtype)
    got = formula(z)
    assert (got.shape, got.dtype) == (shape, z.dtype)
    assert not np.shares_memory(got, z)


@pytest.mark.parametrize("formula", ALL)
def test_a_number_gives_a_numpy_scalar_and_integers_become_float64(formula: Any) -> None:
    assert isinstance(formula(0.5), np.float64)
    assert formula([0, 1]).dtype == np.float64
    assert formula(True).dtype == np.float64


@pytest.mark.parametrize("formula", ALL)
@pytest.mark.parametrize("bad", [1j, "one", None, [object()]])
def test_only_real_numbers_are_accepted(formula: Any, bad: Any) -> None:
    with pytest.raises(TypeError, match=r"^[az]: expected real numbers, got dtype"):
        formula(bad)


def test_a_ragged_list_is_named() -> None:
    with pytest.raises(ValueError, match=r"z: expected a rectangular array, got \[\[1\], \[1, 2"):
        sigmoid([[1], [1, 2]])

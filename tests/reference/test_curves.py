"""The activations beyond the article, and their derivatives, against 50 digits and by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradmark import reference
from gradmark.reference.activations import elu, gelu, log_softmax, selu, softmax, softplus
from tests.reference.exact import FLOATS, LIBRARY_ULPS, exact, ulps

ALPHA = 0.375
SCALE = mp.mpf("1.0507009873554804934193349852946")
SCALED = SCALE * mp.mpf("1.6732632423543772848170429916717")

Real = Any  # mpmath ships no types


def _softplus(z: Real) -> Real:
    return mp.log1p(mp.exp(z))


def _ramp(z: Real) -> Real:
    return min(max(z + 3, 0), 6) / mp.mpf(6)


VALUES: dict[str, Callable[[Real], Real]] = {
    "gelu": lambda z: z * mp.ncdf(z),
    "tanh": mp.tanh,
    "silu": lambda z: z / (1 + mp.exp(-z)),
    "leaky_relu": lambda z: z if z > 0 else ALPHA * z,
    "softplus": _softplus,
    "elu": lambda z: z if z > 0 else ALPHA * mp.expm1(z),
    "selu": lambda z: SCALE * z if z > 0 else SCALED * mp.expm1(z),
    "mish": lambda z: z * mp.tanh(_softplus(z)),
    "hard_sigmoid": _ramp,
    "hard_swish": lambda z: z * _ramp(z),
}
# Off the kinks and the zeros of the derivatives, around which a number of ulps means nothing.
POINTS = np.array(
    [-80.0, -25.5, -9.25, -4.5, -2.75, -0.875, -0.5, -1e-3, 1e-3, 0.5, 2.5, 7.0, 60.0]
)


def _constants(name: str) -> tuple[float, ...]:
    return (ALPHA,) if "elu" in name and name[:4] not in ("selu", "gelu") else ()


def _bound(z: np.ndarray, dtype: Any) -> float:
    """One rounded argument of an exponential costs |z| ulps, that of a Gaussian z²."""
    return float(4 * LIBRARY_ULPS[np.dtype(dtype)] + 8 + np.max(z * z))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", VALUES)
def test_an_activation_is_its_equation(name: str, dtype: Any) -> None:
    for z in POINTS.astype(dtype):
        want = [mp.mpf(VALUES[name](x)) for x in exact(z)]
        if abs(want[0]) < float(np.finfo(dtype).tiny):
            continue
        got = getattr(reference, name)(z, *_constants(name))
        assert ulps(got, want) <= _bound(z, dtype), z


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", VALUES)
def test_a_derivative_is_that_of_the_equation(name: str, dtype: Any) -> None:
    for z in POINTS.astype(dtype):
        with mp.workdps(120):  # a difference of numbers that are alike in their first 50 digits
            want = [mp.diff(VALUES[name], x) for x in exact(z)]
        if abs(want[0]) < float(np.finfo(dtype).tiny):
            continue
        got = getattr(reference, f"{name}_derivative")(z, *_constants(name))
        assert ulps(got, want) <= 4 * _bound(z, dtype), z


def test_what_cancels_as_printed_keeps_its_digits() -> None:
    assert ulps(gelu(-9.0), [-9 * mp.ncdf(-9)]) <= 64
    assert -9.0 * (1 + math.erf(-9 / math.sqrt(2))) / 2 == 0
    assert ulps(elu(-1e-9, 1.0), [mp.expm1(mp.mpf(-1e-9))]) <= 1
    assert ulps(softplus(-50.0), [_softplus(mp.mpf(-50))]) <= 2
    assert ulps(log_softmax([50.0, 0.0])[0], [-_softplus(mp.mpf(-50))]) <= 2


def test_the_slope_at_a_kink_is_that_on_its_left() -> None:
    assert reference.leaky_relu_derivative(0.0, 0.25) == 0.25
    assert reference.elu_derivative(0.0, 0.25) == 0.25
    assert float(reference.selu_derivative(0.0)) == pytest.approx(float(SCALED), rel=1e-15)
    assert reference.hard_sigmoid_derivative([-3.0, 3.0]).tolist() == [0, 1 / 6]
    assert reference.hard_swish_derivative([-3.0, 3.0]).tolist() == [0, 1.5]


def test_selu_keeps_mean_0_and_variance_1() -> None:
    # E[selu(Z)] and E[selu(Z)²] of a normal Z, in closed form over the two halves.
    def half(z: Real) -> Real:
        return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)

    for power, expected in ((1, 0), (2, 1)):
        below = mp.quad(lambda z, k=power: (SCALED * mp.expm1(z)) ** k * half(z), [-mp.inf, 0])
        above = mp.quad(lambda z, k=power: (SCALE * z) ** k * half(z), [0, mp.inf])
        assert abs(below + above - expected) < 1e-12
    assert float(selu(1.0)) == float(SCALE)


@pytest.mark.parametrize("dtype", FLOATS)
def test_softmax_is_its_equation_along_the_last_axis(dtype: Any) -> None:
    z = np.array([[[0.5, -1.25, 3.0], [90.0, 88.0, -80.0]]], dtype)
    for row, got, logs in zip(z[0], softmax(z)[0], log_softmax(z)[0], strict=True):
        total = mp.fsum(mp.exp(x) for x in exact(row))
        shares = [mp.exp(x) / total for x in exact(row)]
        shown = [share > float(np.finfo(dtype).tiny) for share in shares]
        assert (
            ulps(got[shown], [s for s, is_shown in zip(shares, shown, strict=True) if is_shown])
            <= 128
        )
        assert ulps(logs, [mp.log(share) for share in shares]) <= 4 * LIBRARY_ULPS[z.dtype] + 8


def test_softmax_refuses_what_has_no_row() -> None:
    for wrong in (1.0, np.empty((2, 0))):
        with pytest.raises(ValueError, match="z: expected"):
            softmax(wrong)

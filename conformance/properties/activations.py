"""Properties of the activations and their derivatives.

None speaks of NaN: the domain is the real numbers, and `z if z > 0 else 0` is the printed formula.
"""

from __future__ import annotations

import numpy as np

from gradmark.conformance.properties.agreement import agree, step, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import offsets, signals
from gradmark.conformance.properties.strategies import (
    Array,
    activations,
    dyadic,
    grid,
    pre_activations,
)
from gradmark.conformance.properties.theorem import drawn, each, rejects
from gradmark.harness.contract.dtypes import roundoff

# --- wrong on purpose -----------------------------------------------------------------------------


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _hard_sigmoid(z: Array) -> Array:
    return np.clip(z / 6 + 0.5, 0, 1)


def _leaky(z: Array) -> Array:
    return np.where(z > 0, z, 0.01 * z)


def _overflowing(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(z) / (1 + np.exp(z)))


def _softmax(z: Array) -> Array:
    return np.asarray(np.exp(z) / np.sum(np.exp(z)))


# --- sigmoid --------------------------------------------------------------------------------------


@rejects(sigmoid=np.tanh)
@rejects(sigmoid=lambda z: np.exp(z) / (2 + np.exp(z)))
def sigmoid_of_zero_is_one_half(sigmoid: Function) -> None:
    assert sigmoid(0.0) == 0.5


@rejects(sigmoid=_hard_sigmoid)
@rejects(sigmoid=lambda z: _sigmoid(-z))
@drawn(z=grid((4,), -512, 512, 64))
def sigmoid_is_strictly_increasing(sigmoid: Function, z: Array) -> None:
    rising = np.unique(z)
    # Two neighbours are 1/64 apart: by 5e-6 in σ even at |z| = 8, some 80 roundoffs of float32. A
    # narrower dtype has no room for so small a rise.
    apart = np.diff(_sigmoid(rising)) > 16 * roundoff(sigmoid.dtype)
    assert np.min(np.diff(sigmoid(rising))[apart], initial=1) > 0


@rejects(sigmoid=np.tanh)
@rejects(sigmoid=lambda z: np.exp(z) / (2 + np.exp(z)))
@drawn(z=pre_activations())
def sigmoid_of_minus_z_is_one_minus_sigmoid_of_z(sigmoid: Function, z: Array) -> None:
    agree(sigmoid(-z), 1 - sigmoid(z), "rounding", sigmoid.dtype)


@rejects(sigmoid=_hard_sigmoid)
@rejects(sigmoid=lambda z: 1 / (1 + 2.0**-z))
@drawn(z=pre_activations())
def sigmoid_has_the_odds_e_to_the_z(sigmoid: Function, z: Array) -> None:
    p = sigmoid(z)
    agree(p, np.exp(z) * (1 - p), "rounding", sigmoid.dtype, scale=1 + np.exp(z))


@rejects(sigmoid=_overflowing)
@rejects(sigmoid=np.tanh)
@each(z=[-1000.0, -700.0, -100.0, 100.0, 700.0, 1000.0])
def sigmoid_stays_within_0_and_1_far_out(sigmoid: Function, z: float) -> None:
    # e^−100 is below the roundoff of either dtype.
    limit = 1.0 if z > 0 else 0.0
    assert 0 <= sigmoid(z) <= 1
    agree(sigmoid(z), limit, "rounding", sigmoid.dtype)


@rejects(sigmoid=_softmax)
@drawn(z=pre_activations())
def sigmoid_treats_each_entry_alone(sigmoid: Function, z: Array) -> None:
    together = sigmoid(z)
    first = (0,) * z.ndim
    agree(together[first], sigmoid(z[first]), "rounding", sigmoid.dtype)


@rejects(sigmoid=lambda z: _sigmoid(2 * z))
@rejects(sigmoid=_hard_sigmoid)
@drawn(z=pre_activations())
def sigmoid_grows_at_the_rate_a_times_one_minus_a(sigmoid: Function, z: Array) -> None:
    h = step(sigmoid.dtype)
    slope = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
    a = sigmoid(z)
    agree(slope, a * (1 - a), "difference", sigmoid.dtype, scale=1 / h)


# --- its derivative -------------------------------------------------------------------------------


@rejects(sigmoid_derivative=lambda a: _sigmoid(a) * (1 - _sigmoid(a)))
@rejects(sigmoid_derivative=lambda a: 1 - a**2)
@drawn(z=pre_activations())
def sigmoid_derivative_of_the_activation_is_the_slope_of_sigmoid(
    sigmoid_derivative: Function, sigmoid: Function, z: Array
) -> None:
    h, u = 2.0**-6, roundoff(sigmoid.dtype)  # h⁶ σ⁽⁷⁾ / 140 is below 1e-12
    values = [sigmoid(z + t) for t in offsets(h)]
    slope = sigmoid_derivative(sigmoid(z))
    signals(values, slope, h, noise=u, rounding=u).refuse("wrong", "kink")


@rejects(sigmoid_derivative=lambda a: _sigmoid(a) * (1 - _sigmoid(a)))
@rejects(sigmoid_derivative=lambda a: 1 - a**2)
@drawn(a=activations())
def sigmoid_derivative_is_symmetric_about_one_half(sigmoid_derivative: Function, a: Array) -> None:
    agree(sigmoid_derivative(1 - a), sigmoid_derivative(a), "rounding", sigmoid_derivative.dtype)


@rejects(sigmoid_derivative=lambda a: _sigmoid(a) * (1 - _sigmoid(a)))
@rejects(sigmoid_derivative=lambda a: a * (2 - a))
@drawn(a=activations())
def sigmoid_derivative_is_greatest_at_one_half_where_it_is_one_quarter(
    sigmoid_derivative: Function, a: Array
) -> None:
    slack = tolerance("rounding", sigmoid_derivative.dtype)
    agree(sigmoid_derivative(0.5), 0.25, "rounding", sigmoid_derivative.dtype)
    assert np.max(sigmoid_derivative(a)) <= 0.25 + slack


@rejects(sigmoid_derivative=lambda a: _sigmoid(a) * (1 - _sigmoid(a)))
@rejects(sigmoid_derivative=lambda a: 1 - a**2)
def sigmoid_derivative_vanishes_at_0_and_1(sigmoid_derivative: Function) -> None:
    agree(sigmoid_derivative([0.0, 1.0]), [0.0, 0.0], "rounding", sigmoid_derivative.dtype)


# --- ReLU -----------------------------------------------------------------------------------------


@rejects(relu=_leaky)
@drawn(z=pre_activations())
def relu_is_never_negative(relu: Function, z: Array) -> None:
    assert np.min(relu(z)) >= 0


@rejects(relu=_leaky)
@rejects(relu=lambda z: np.log1p(np.exp(z)))  # softplus
@drawn(z=pre_activations())
def relu_is_idempotent(relu: Function, z: Array) -> None:
    agree(relu(relu(z)), relu(z), "exact", relu.dtype)


@rejects(relu=np.abs)
@rejects(relu=_leaky)
@drawn(z=pre_activations())
def relu_splits_z_into_its_positive_and_negative_part(relu: Function, z: Array) -> None:
    agree(relu(z) - relu(-z), z, "exact", relu.dtype)


@rejects(relu=lambda z: np.clip(z, 0, 6))  # ReLU6
@rejects(relu=lambda z: np.log1p(np.exp(z)))
@drawn(z=pre_activations(), factor=dyadic(0, 32, 8))
def relu_is_positively_homogeneous(relu: Function, z: Array, factor: float) -> None:
    agree(relu(factor * z), factor * relu(z), "exact", relu.dtype)


# --- its derivative -------------------------------------------------------------------------------


@rejects(relu_derivative=lambda z: np.where(z >= 0, 1.0, 0.0))
@rejects(relu_derivative=lambda z: np.heaviside(z, 0.5))
@each(zero=[0.0, -0.0])
def relu_derivative_at_0_is_0(relu_derivative: Function, zero: float) -> None:
    assert relu_derivative(zero) == 0


@rejects(relu_derivative=np.sign)
@rejects(relu_derivative=lambda z: np.maximum(z, 0))
@drawn(z=grid((4,), 1, 512, 64))
def relu_derivative_is_1_right_of_0_and_0_left_of_it(relu_derivative: Function, z: Array) -> None:
    agree(relu_derivative(z), np.ones(4), "exact", relu_derivative.dtype)
    agree(relu_derivative(-z), np.zeros(4), "exact", relu_derivative.dtype)


@rejects(relu_derivative=np.sign)
@rejects(relu_derivative=lambda z: np.where(z < 0, 1.0, 0.0))
@rejects(relu=np.exp)
@drawn(z=pre_activations())
def relu_derivative_is_the_slope_of_relu_whose_only_kink_is_0(
    relu_derivative: Function, relu: Function, z: Array
) -> None:
    h, u = 2.0**-8, roundoff(relu.dtype)  # 3h does not reach the next point of the grid
    values = [relu(z + t) for t in offsets(h)]
    found = signals(values, relu_derivative(z), h, noise=u * abs(z))
    assert np.array_equal(found.verdict, np.where(z == 0, "kink", "right"))


@rejects(relu_derivative=lambda z: np.maximum(z, 0))
@rejects(relu_derivative=np.sign)
@drawn(z=pre_activations())
def relu_derivative_times_z_is_relu(relu_derivative: Function, relu: Function, z: Array) -> None:
    agree(z * relu_derivative(z), relu(z), "exact", relu_derivative.dtype)

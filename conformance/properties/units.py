"""What single activations have that no other has: identities, fixed points, rows of shares."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.properties.agreement import agree, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import offsets, signals
from gradmark.conformance.properties.strategies import Array, dyadic, grid, pre_activations
from gradmark.conformance.properties.theorem import drawn, rejects
from gradmark.harness.contract.dtypes import roundoff

# --- wrong on purpose -----------------------------------------------------------------------------


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _odds(z: Array, axis: int | None = -1) -> Array:
    return np.asarray(np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True))


def _elu(z: Array, alpha: float) -> Array:
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


# --- identities -----------------------------------------------------------------------------------


@rejects(tanh=_sigmoid)
@rejects(tanh=lambda z: np.clip(z, -1, 1))
@drawn(z=pre_activations())
def tanh_of_twice_z_follows_from_tanh_of_z(tanh: Function, z: Array) -> None:
    t = tanh(z)
    agree(tanh(2 * z) * (1 + t * t), 2 * t, "rounding", tanh.dtype, scale=2)


@rejects(tanh_derivative=lambda z: 1 + np.tanh(z) ** 2)
@rejects(tanh_derivative=lambda z: 1 - np.tanh(z))
@drawn(z=pre_activations())
def tanh_derivative_is_one_less_the_square(
    tanh_derivative: Function, tanh: Function, z: Array
) -> None:
    agree(tanh_derivative(z), 1 - tanh(z) ** 2, "rounding", tanh_derivative.dtype)


@rejects(sigmoid_slope=lambda z: z * (1 - z))
@rejects(sigmoid_slope=_sigmoid)
@drawn(z=pre_activations())
def sigmoid_slope_is_the_slope_of_sigmoid(
    sigmoid_slope: Function, sigmoid: Function, z: Array
) -> None:
    h, u = 2.0**-6, roundoff(sigmoid.dtype)
    values = [sigmoid(z + t) for t in offsets(h)]
    signals(values, sigmoid_slope(z), h, noise=u, rounding=u).refuse("wrong", "kink")


@rejects(sigmoid_slope=lambda z: _sigmoid(z) ** 2)
@rejects(sigmoid_slope=lambda z: z * (1 - z))
@drawn(z=pre_activations())
def sigmoid_slope_is_even(sigmoid_slope: Function, z: Array) -> None:
    agree(sigmoid_slope(-z), sigmoid_slope(z), "rounding", sigmoid_slope.dtype)


@rejects(sigmoid_slope=lambda z: 1 - _sigmoid(z))
@rejects(sigmoid_slope=lambda z: _sigmoid(z) * (_sigmoid(z) - 1))
@drawn(z=pre_activations())
def sigmoid_slope_is_greatest_at_zero_where_it_is_one_quarter(
    sigmoid_slope: Function, z: Array
) -> None:
    slack = tolerance("rounding", sigmoid_slope.dtype)
    agree(sigmoid_slope(0.0), 0.25, "rounding", sigmoid_slope.dtype)
    assert np.max(sigmoid_slope(z)) <= 0.25 + slack


@rejects(silu=lambda z: z * _sigmoid(2 * z))
@rejects(silu=lambda z: z + _sigmoid(z))
@drawn(z=pre_activations())
def silu_is_z_times_sigmoid(silu: Function, sigmoid: Function, z: Array) -> None:
    agree(silu(z), z * sigmoid(z), "rounding", silu.dtype, scale=8)


@rejects(softplus_derivative=lambda z: _sigmoid(z) * _sigmoid(-z))
@rejects(softplus_derivative=lambda z: _sigmoid(-z))
@drawn(z=pre_activations())
def softplus_derivative_is_sigmoid(
    softplus_derivative: Function, sigmoid: Function, z: Array
) -> None:
    agree(softplus_derivative(z), sigmoid(z), "rounding", softplus_derivative.dtype)


@rejects(mish=lambda z: z * np.tanh(z))
@rejects(mish=lambda z: z * _sigmoid(z))
@drawn(z=pre_activations())
def mish_is_a_fraction_of_squares(mish: Function, z: Array) -> None:
    # tanh(log x) = (x² − 1) / (x² + 1) at x = 1 + e^z.
    square = (1 + np.exp(z)) ** 2
    expected = z * (square - 1) / (square + 1)
    agree(mish(z), expected, "rounding", mish.dtype, scale=8)


@rejects(leaky_relu=lambda z, alpha: np.where(z > 0, z, -alpha))
@rejects(leaky_relu=_elu)
@drawn(z=pre_activations(), factor=dyadic(0, 32, 8))
def leaky_relu_is_positively_homogeneous(leaky_relu: Function, z: Array, factor: float) -> None:
    scaled = factor * leaky_relu(z, 0.25)
    agree(leaky_relu(factor * z, 0.25), scaled, "exact", leaky_relu.dtype)


@rejects(leaky_relu=lambda z, alpha: np.maximum(z, 0) + 0 * alpha)
@rejects(leaky_relu=lambda z, alpha: np.where(z > 0, z, -alpha * z))
@drawn(z=pre_activations())
def leaky_relu_splits_z_into_its_parts(leaky_relu: Function, z: Array) -> None:
    agree(leaky_relu(z, 0.25) - leaky_relu(-z, 0.25), 1.25 * z, "exact", leaky_relu.dtype)


@rejects(elu_derivative=lambda z, alpha: np.where(z > 0, 1, _elu(z, alpha)))
@rejects(elu_derivative=lambda z, alpha: np.where(z > 0, 1, np.exp(z) + 0 * alpha))
@drawn(z=grid((4,), -512, 0, 64))
def elu_derivative_is_elu_and_alpha_below_zero(
    elu_derivative: Function, elu: Function, z: Array
) -> None:
    agree(elu_derivative(z, 0.75), elu(z, 0.75) + 0.75, "rounding", elu_derivative.dtype)


@rejects(selu=lambda z: _elu(z, 1.6732632423543772))
@rejects(selu=lambda z: 1.0507009873554805 * _elu(z, 1.0))
def selu_keeps_mean_0_and_variance_1_of_a_normal_distribution(selu: Function) -> None:
    # A sum over a grid of 2⁻⁶: the kink at 0 costs it h²/12 · λ(α − 1) φ(0) = 6e-6.
    z = np.arange(-12.0, 12.0, 2.0**-6)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * 2.0**-6
    slack = max(2e-5, tolerance("sum", selu.dtype))
    assert abs(np.sum(weight * selu(z))) <= slack
    assert abs(np.sum(weight * selu(z) ** 2) - 1) <= slack


@rejects(hard_sigmoid=lambda z: np.clip(0.2 * z + 0.5, 0, 1))
@rejects(hard_sigmoid=_sigmoid)
@drawn(z=grid((4,), -192, 192, 64))
def hard_sigmoid_is_a_straight_line_from_minus_3_to_3(hard_sigmoid: Function, z: Array) -> None:
    agree(6 * hard_sigmoid(z) - 3, z, "rounding", hard_sigmoid.dtype, scale=6)


@rejects(hard_swish=lambda z: z * np.clip(0.2 * z + 0.5, 0, 1))
@rejects(hard_swish=lambda z: np.clip(z / 6 + 0.5, 0, 1))
@drawn(z=pre_activations())
def hard_swish_is_z_times_hard_sigmoid(
    hard_swish: Function, hard_sigmoid: Function, z: Array
) -> None:
    agree(hard_swish(z), z * hard_sigmoid(z), "rounding", hard_swish.dtype, scale=8)


# --- rows of shares -------------------------------------------------------------------------------


@rejects(softmax=lambda z: _odds(z, None))
@rejects(softmax=_sigmoid)
@drawn(z=grid((3, 4), -256, 256, 64))
def softmax_sums_to_1_along_the_last_axis(softmax: Function, z: Array) -> None:
    agree(np.sum(softmax(z), axis=-1), np.ones(3), "rounding", softmax.dtype)


@rejects(softmax=lambda z: z / np.sum(z, axis=-1, keepdims=True))
@rejects(softmax=np.exp)
@drawn(z=grid((3, 4), -256, 256, 64), shift=dyadic(-512, 512, 8))
def softmax_is_shift_invariant(softmax: Function, z: Array, shift: float) -> None:
    agree(softmax(z + shift), softmax(z), "rounding", softmax.dtype)


@rejects(softmax=lambda z: _odds(z * np.log(2)))
@rejects(softmax=lambda z: _odds(-z))
@drawn(z=grid((3, 4), -256, 256, 64))
def softmax_has_the_odds_e_to_the_difference(softmax: Function, z: Array) -> None:
    p, ratio = softmax(z), np.exp(z[:, :1] - z)
    agree(p[:, :1] + 0 * p, ratio * p, "rounding", softmax.dtype, scale=8 * (1 + ratio))


@rejects(softmax=lambda z: _odds(z, 0))
@drawn(z=grid((3, 4), -256, 256, 64))
def softmax_treats_each_row_alone(softmax: Function, z: Array) -> None:
    agree(softmax(z)[:1], softmax(z[:1]), "rounding", softmax.dtype)


@rejects(log_softmax=_odds)
@rejects(log_softmax=lambda z: np.log2(_odds(z)))
@drawn(z=grid((3, 4), -256, 256, 64))
def log_softmax_is_the_logarithm_of_softmax(
    log_softmax: Function, softmax: Function, z: Array
) -> None:
    agree(np.exp(log_softmax(z)), softmax(z), "rounding", log_softmax.dtype, scale=8)


@rejects(log_softmax=lambda z: z - np.log(np.sum(np.exp(z))))
@rejects(log_softmax=lambda z: -np.log(_odds(z)))
@drawn(z=grid((3, 4), -256, 256, 64))
def exponentials_of_log_softmax_sum_to_1(log_softmax: Function, z: Array) -> None:
    total = np.sum(np.exp(log_softmax(z)), axis=-1)
    agree(total, np.ones(3), "rounding", log_softmax.dtype, scale=8)


@rejects(log_softmax=lambda z: (z - np.max(z, axis=-1, keepdims=True)) / 2)
@rejects(log_softmax=lambda z: np.log2(_odds(z)))
@drawn(z=grid((3, 4), -256, 256, 64))
def differences_of_log_softmax_are_those_of_z(log_softmax: Function, z: Array) -> None:
    logs = log_softmax(z)
    agree(logs - logs[:, :1], z - z[:, :1], "rounding", log_softmax.dtype, scale=16)

"""Properties of the two-layer network's loss and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import Signals, beside_a_guard, offsets, signals
from gradmark.conformance.properties.gradients.networks import STEP
from gradmark.conformance.properties.gradients.truth import rises
from gradmark.conformance.properties.strategies import (
    Array,
    Network,
    Parameters,
    directions,
    networks,
)
from gradmark.conformance.properties.theorem import drawn, of_a_pair, rejects
from gradmark.harness.contract.dtypes import roundoff
from gradmark.reference.network.loops import loop_compute_gradients, loop_compute_loss

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Backward = Callable[..., Gradients]

# --- wrong on purpose -----------------------------------------------------------------------------


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _backprop(
    mask: Callable[[Array], Any] = lambda z1: z1 > 0,
    error: Callable[[Array, Array], Any] = lambda z2, y: _sigmoid(z2) - y,
    divisor: Callable[[Array], float] = len,
) -> Backward:
    """Backpropagation with one of its steps replaced."""

    def gradients(X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Gradients:
        z1 = X @ W1 + b1
        a1 = np.maximum(0, z1)
        dz2 = error(a1 @ W2 + b2, y)
        dz1 = dz2 @ W2.T * mask(z1)
        sums = (X.T @ dz1, dz1.sum(0, keepdims=True), a1.T @ dz2, dz2.sum(0, keepdims=True))
        dW1, db1, dW2, db2 = (np.asarray(s / divisor(y)) for s in sums)
        return dW1, db1, dW2, db2

    return gradients


_no_relu_mask = _backprop(mask=np.ones_like)
_mask_at_zero = _backprop(mask=lambda z1: z1 >= 0)
_sigmoid_slope_kept = _backprop(
    error=lambda z2, y: (_sigmoid(z2) - y) * _sigmoid(z2) * (1 - _sigmoid(z2))
)
_sign_flipped = _backprop(error=lambda z2, y: y - _sigmoid(z2))
_no_sigmoid = _backprop(error=lambda z2, y: z2 - y)
_not_averaged = _backprop(divisor=lambda y: 1)  # noqa: ARG005 (n is what it forgets)
_averaged_twice = _backprop(divisor=lambda y: len(y) ** 2)


def _last_unit_forgotten(*network: Array) -> Gradients:
    dW1, db1, dW2, db2 = map(np.array, reference.compute_gradients(*network))
    dW1[:, -1] = db1[:, -1] = dW2[-1] = 0
    return dW1, db1, dW2, db2


def _one_entry_off_by_a_millionth(*network: Array) -> Gradients:
    dW1, db1, dW2, db2 = map(np.array, reference.compute_gradients(*network))
    db2[0, 0] *= 1 + 1e-6
    return dW1, db1, dW2, db2


def _last_sample_forgotten(formula: Callable[..., Any]) -> Callable[..., Any]:
    def on_the_rest(X: Array, y: Array, *parameters: Array) -> Any:
        most = max(len(X) - 1, 1)
        return formula(X[:most], y[:most], *parameters)

    return on_the_rest


def _loss(
    hidden: Callable[[Array], Array] = lambda z1: np.maximum(0, z1),
    cost: Callable[[Array, Array], Any] = lambda z2, y: np.logaddexp(0, z2) - y * z2,
    divisor: Callable[[Array], float] = len,
) -> Callable[..., float]:
    """The loss with one of its steps replaced."""

    def loss(X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> float:
        z2 = hidden(X @ W1 + b1) @ W2 + b2
        return float(np.sum(cost(z2, y)) / divisor(y))

    return loss


_sum_over_samples = _loss(divisor=lambda y: 1)  # noqa: ARG005 (n is what it forgets)
_sigmoid_hidden_layer = _loss(hidden=_sigmoid)
_linear_hidden_layer = _loss(hidden=lambda z1: z1)
_squared_error = _loss(cost=lambda z2, y: (_sigmoid(z2) - y) ** 2)
_bits = _loss(cost=lambda z2, y: (np.logaddexp(0, z2) - y * z2) / np.log(2))


def _last_unit_left_out(
    X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array
) -> np.floating[Any]:
    W2 = W2.copy()
    W2[-1] = 0
    return reference.compute_loss(X, y, W1, b1, W2, b2)


# --- the gradients are those of the loss ----------------------------------------------------------


def _signals(
    values: list[float],
    gradients: Gradients,
    direction: Parameters,
    dtype: str,
    noise: float,
    *,
    guarded: bool = False,
) -> Signals:
    entries = [g * d for g, d in zip(gradients, direction, strict=True)]
    slope = sum(float(np.sum(e)) for e in entries)
    # Of a sure and right answer little is left of 1: an entry may be off by roundoffs of that.
    size = sum(e.size / 8 + float(np.sum(abs(e))) for e in entries)
    u = roundoff(dtype)
    flat = np.concatenate([np.ravel(e) for e in entries])
    rounding = beside_a_guard(flat, size, u) if guarded else u * size
    return signals(values, slope, STEP, noise=noise, rounding=rounding)


@rejects(compute_gradients=_not_averaged)
@rejects(compute_gradients=_no_relu_mask)
@rejects(compute_gradients=_sign_flipped)
@rejects(compute_loss=_squared_error)
@of_a_pair
@drawn(network=networks(), data=st.data())
def gradients_are_the_slopes_of_the_loss_beside_them(
    compute_gradients: Function, compute_loss: Function, network: Network, data: st.DataObject
) -> None:
    direction = data.draw(directions(network), "direction")
    values = [compute_loss(*network.moved(t, direction)) for t in offsets(STEP)]
    noise = roundoff(compute_loss.dtype) * (1 + max(values))
    gradients = compute_gradients(*network)
    found = _signals(values, gradients, direction, compute_loss.dtype, noise, guarded=True)
    found.refuse("wrong", "kink")


@rejects(compute_gradients=_averaged_twice)
@rejects(compute_gradients=_sigmoid_slope_kept)
@rejects(compute_gradients=_one_entry_off_by_a_millionth)
@drawn(network=networks(), data=st.data())
def gradients_are_the_slopes_of_the_true_loss(
    compute_gradients: Function, network: Network, data: st.DataObject
) -> None:
    direction = data.draw(directions(network), "direction")
    rise = rises(lambda t: network.moved(t, direction))
    gradients = compute_gradients(*network)
    noise = roundoff("float64") * max(map(abs, rise))
    _signals(rise, gradients, direction, compute_gradients.dtype, noise).refuse("wrong", "kink")


@rejects(compute_gradients=_no_relu_mask)
@rejects(compute_gradients=_mask_at_zero)
@rejects(compute_gradients=_not_averaged)
@drawn(network=networks(kink=True))
def gradients_are_those_of_a_loop_over_samples_and_units(
    compute_gradients: Function, network: Network
) -> None:
    looped = loop_compute_gradients(*network)
    for gradient, expected in zip(compute_gradients(*network), looped, strict=True):
        agree(gradient, expected, "rounding", compute_gradients.dtype)


# --- samples --------------------------------------------------------------------------------------


@rejects(compute_gradients=_not_averaged)
@rejects(compute_gradients=_averaged_twice)
@drawn(network=networks())
def gradients_of_a_batch_are_the_mean_of_its_samples_gradients(
    compute_gradients: Function, network: Network
) -> None:
    X, y, *parameters = network
    alone = [compute_gradients([x], [label], *parameters) for x, label in zip(X, y, strict=True)]
    for gradient, of_samples in zip(
        compute_gradients(*network), zip(*alone, strict=True), strict=True
    ):
        agree(gradient, np.mean(of_samples, axis=0), "rounding", compute_gradients.dtype)


@rejects(compute_gradients=_last_sample_forgotten(reference.compute_gradients))
@drawn(network=networks(), order=st.permutations(range(4)))
def gradients_do_not_depend_on_the_order_of_the_samples(
    compute_gradients: Function, network: Network, order: list[int]
) -> None:
    X, y, *parameters = network
    samples = [i for i in order if i < len(X)]
    shuffled = compute_gradients(X[samples], y[samples], *parameters)
    for gradient, expected in zip(shuffled, compute_gradients(*network), strict=True):
        agree(gradient, expected, "rounding", compute_gradients.dtype)


# --- hidden units ---------------------------------------------------------------------------------


@rejects(compute_gradients=_last_unit_forgotten)
@drawn(network=networks(), order=st.permutations(range(4)))
def gradients_follow_a_permutation_of_the_hidden_units(
    compute_gradients: Function, network: Network, order: list[int]
) -> None:
    units = [j for j in order if j < network.b1.size]
    dW1, db1, dW2, db2 = compute_gradients(*network)
    permuted = compute_gradients(*network.with_units(units))
    expected = (dW1[:, units], db1[:, units], dW2[units], db2)
    for gradient, wanted in zip(permuted, expected, strict=True):
        agree(gradient, wanted, "rounding", compute_gradients.dtype)


@rejects(compute_gradients=_no_relu_mask)
@rejects(compute_gradients=_backprop(mask=lambda z1: np.where(z1 > 0, 1, 0.01)))  # leaky
@drawn(network=networks())
def gradients_of_a_dead_hidden_unit_are_zero(compute_gradients: Function, network: Network) -> None:
    network.W1[:, 0], network.b1[:, 0] = 0, -0.5
    dW1, db1, dW2, _ = compute_gradients(*network)
    for gradient in (dW1[:, 0], db1[:, 0], dW2[0]):
        agree(gradient, np.zeros_like(gradient), "exact", compute_gradients.dtype)


@rejects(compute_gradients=_mask_at_zero)
@drawn(network=networks())
def gradients_of_a_hidden_unit_at_its_kink_are_zero(
    compute_gradients: Function, network: Network
) -> None:
    network.W1[:, 0], network.b1[:, 0] = 0, 0
    dW1, db1, dW2, _ = compute_gradients(*network)
    for gradient in (dW1[:, 0], db1[:, 0], dW2[0]):
        agree(gradient, np.zeros_like(gradient), "exact", compute_gradients.dtype)


@rejects(compute_gradients=_backprop(mask=lambda z1: z1))  # ReLU where ReLU′ belongs
@rejects(compute_gradients=_no_relu_mask)
@drawn(network=networks())
def gradients_balance_across_each_hidden_unit(
    compute_gradients: Function, network: Network
) -> None:
    # W1ⱼ, b1ⱼ times c and W2ⱼ over c leave the loss; its derivative in c at 1 is therefore 0.
    dW1, db1, dW2, _ = compute_gradients(*network)
    incoming = np.sum(network.W1 * dW1, axis=0) + (network.b1 * db1)[0]
    outgoing = np.sum(network.W2 * dW2, axis=1)
    agree(incoming, outgoing, "rounding", compute_gradients.dtype)


# --- the output bias ------------------------------------------------------------------------------


@rejects(compute_gradients=_sign_flipped)
@rejects(compute_gradients=_sigmoid_slope_kept)
@rejects(compute_gradients=_not_averaged)
@drawn(network=networks())
def gradient_of_the_output_bias_is_the_mean_error(
    compute_gradients: Function, network: Network
) -> None:
    network = network._replace(W2=np.zeros_like(network.W2))
    expected = np.mean(_sigmoid(network.b2) - network.y, axis=0, keepdims=True)
    agree(compute_gradients(*network)[3], expected, "rounding", compute_gradients.dtype)


@rejects(compute_gradients=_no_sigmoid)
@drawn(network=networks())
def gradient_of_the_output_bias_vanishes_for_a_fair_guess_of_balanced_labels(
    compute_gradients: Function, network: Network
) -> None:
    X, y, W1, b1, W2, b2 = network
    balanced = np.vstack([y, 1 - y])
    gradients = compute_gradients(np.vstack([X, X]), balanced, W1, b1, 0 * W2, 0 * b2)
    agree(gradients[3], np.zeros_like(b2), "rounding", compute_gradients.dtype)


# --- the loss -------------------------------------------------------------------------------------


@rejects(compute_loss=_sum_over_samples)
@rejects(compute_loss=_squared_error)
@rejects(compute_loss=_bits)
@drawn(network=networks())
def loss_at_zero_weights_is_log_2_an_output(compute_loss: Function, network: Network) -> None:
    X, y, *parameters = network
    loss = compute_loss(X, y, *(np.zeros_like(p) for p in parameters))
    outputs = y.shape[1]
    agree(loss, outputs * np.log(2), "rounding", compute_loss.dtype, scale=outputs)


@rejects(compute_loss=_squared_error)
@rejects(compute_loss=_loss(cost=lambda z2, y: -y * np.log(_sigmoid(z2))))
@drawn(network=networks(hard=True))
def loss_is_minus_the_mean_log_likelihood_of_the_labels(
    compute_loss: Function, network: Network
) -> None:
    network = network._replace(W2=np.zeros_like(network.W2))
    chance = _sigmoid(network.b2)  # of a label 1, the same for every sample
    likelihood = np.prod(np.where(network.y == 1, chance, 1 - chance))
    expected = -np.log(likelihood) / len(network.y)
    agree(compute_loss(*network), expected, "rounding", compute_loss.dtype, scale=1 + expected)


@rejects(compute_loss=_linear_hidden_layer)
@rejects(compute_loss=_sum_over_samples)
@rejects(compute_loss=_loss(divisor=np.size))
@drawn(network=networks(kink=True))
def loss_is_that_of_a_loop_over_samples_and_units(compute_loss: Function, network: Network) -> None:
    expected = loop_compute_loss(*network)
    agree(compute_loss(*network), expected, "rounding", compute_loss.dtype, scale=1 + expected)


@rejects(compute_loss=_loss(cost=lambda z2, y: y - z2))
@drawn(network=networks())
def loss_is_never_negative(compute_loss: Function, network: Network) -> None:
    assert compute_loss(*network) >= 0


@rejects(compute_loss=_last_sample_forgotten(reference.compute_loss))
@drawn(network=networks(), order=st.permutations(range(4)))
def loss_does_not_depend_on_the_order_of_the_samples(
    compute_loss: Function, network: Network, order: list[int]
) -> None:
    X, y, *parameters = network
    samples = [i for i in order if i < len(X)]
    here = compute_loss(*network)
    there = compute_loss(X[samples], y[samples], *parameters)
    agree(there, here, "rounding", compute_loss.dtype, scale=1 + here)


@rejects(compute_loss=_last_unit_left_out)
@drawn(network=networks(), order=st.permutations(range(4)))
def loss_does_not_depend_on_the_order_of_the_hidden_units(
    compute_loss: Function, network: Network, order: list[int]
) -> None:
    units = [j for j in order if j < network.b1.size]
    here = compute_loss(*network)
    there = compute_loss(*network.with_units(units))
    agree(there, here, "rounding", compute_loss.dtype, scale=1 + here)


@rejects(compute_loss=_sigmoid_hidden_layer)
@rejects(compute_loss=_loss(hidden=np.tanh))
@drawn(network=networks(), power=st.integers(-3, 3))
def loss_does_not_see_a_scale_moved_through_a_hidden_unit(
    compute_loss: Function, network: Network, power: int
) -> None:
    X, y, W1, b1, W2, b2 = network
    factor = 2.0**power
    here = compute_loss(*network)
    there = compute_loss(X, y, W1 * factor, b1 * factor, W2 / factor, b2)
    agree(there, here, "rounding", compute_loss.dtype, scale=1 + here)

"""Properties of the losses."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree, central_difference, step, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import (
    Array,
    Pair,
    binary_pairs,
    categorical_pairs,
    dyadic,
    grid,
    pairs,
)
from gradmark.conformance.properties.theorem import always, drawn, each, rejects

# --- wrong on purpose -----------------------------------------------------------------------------


def _sum_of_squares(y: Array, p: Array) -> float:
    return float(np.sum((y - p) ** 2))


def _per_element(y: Array, p: Array) -> Array:
    """The cross-entropy of each element, well guarded."""
    p = np.clip(p.astype(float), 1e-15, 1 - 1e-15)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log(1 - p)))


def _sum_of_cross_entropies(y: Array, p: Array) -> float:
    return float(np.sum(_per_element(y, p)))


def _positive_class_only(y: Array, p: Array) -> float:
    return float(np.mean(-y * np.log(np.maximum(p, 1e-15))))


def _guarded_at_one_end(y: Array, p: Array) -> float:
    with np.errstate(all="ignore"):
        return float(-np.mean(y * np.log(p + 1e-15) + (1 - y) * np.log(1 - p)))


def _surprise(y: Array, p: Array) -> Array:
    """−y log p, well guarded."""
    return np.asarray(-y * np.log(np.maximum(p, 1e-15)))


def _unguarded(y: Array, p: Array) -> float:
    with np.errstate(all="ignore"):
        return float(-np.sum(y * np.log(p)) / len(y))


def _hard_labels(y: Array, p: Array) -> float:
    hard = np.eye(y.shape[-1])[np.argmax(y, axis=-1)]
    return float(np.sum(_surprise(hard, p)) / len(y))


# --- mean squared error ---------------------------------------------------------------------------


@rejects(mse_loss=lambda y, p: np.mean(y - p) ** 2)
@drawn(pair=pairs())
@always(pair=Pair(np.array([0.0, 0.0]), np.array([1.0, -1.0])))  # errors that cancel
def mse_is_zero_at_the_target_and_nowhere_else(mse_loss: Function, pair: Pair) -> None:
    y, p = pair
    assert mse_loss(y, y) == 0
    assert mse_loss(y, p) > 0 or np.array_equal(y, p)


@rejects(mse_loss=lambda y, p: np.mean(p - y))
@drawn(pair=pairs())
def mse_is_never_negative(mse_loss: Function, pair: Pair) -> None:
    assert mse_loss(*pair) >= 0


@rejects(mse_loss=lambda y, p: np.mean(((y - p) / (1 + np.abs(y))) ** 2))
@drawn(pair=pairs())
def mse_is_symmetric(mse_loss: Function, pair: Pair) -> None:
    y, p = pair
    there = mse_loss(y, p)
    agree(mse_loss(p, y), there, "rounding", mse_loss.dtype, scale=there)


@rejects(mse_loss=lambda y, p: np.sum((y - p) ** 2) / (1 + np.sum(y**2)))
@drawn(pair=pairs(), shift=dyadic(-64, 64, 8))
def mse_is_shift_invariant(mse_loss: Function, pair: Pair, shift: float) -> None:
    y, p = pair
    here = mse_loss(y, p)
    agree(mse_loss(y + shift, p + shift), here, "rounding", mse_loss.dtype, scale=here)


@rejects(mse_loss=lambda y, p: np.mean(np.abs(y - p)))
@rejects(mse_loss=lambda y, p: np.sqrt(np.mean((y - p) ** 2)))
@drawn(pair=pairs(), factor=dyadic(-32, 32, 8))
def mse_scales_with_the_square(mse_loss: Function, pair: Pair, factor: float) -> None:
    y, p = pair
    expected = factor**2 * mse_loss(y, p)
    agree(mse_loss(factor * y, factor * p), expected, "rounding", mse_loss.dtype, scale=expected)


@rejects(mse_loss=_sum_of_squares)
@rejects(mse_loss=lambda y, p: np.sum((y - p) ** 2) / max(np.size(y) - 1, 1))
@drawn(pair=pairs())
def mse_is_a_mean_so_that_data_given_twice_change_nothing(mse_loss: Function, pair: Pair) -> None:
    y, p = pair
    once = mse_loss(y, p)
    agree(mse_loss([*y, *y], [*p, *p]), once, "rounding", mse_loss.dtype, scale=once)


@rejects(
    mse_loss=lambda y, p: np.mean(np.sum((y - p) ** 2, axis=-1)) / (1 if y.ndim > 1 else y.size)
)
@drawn(pair=pairs())
def mse_is_a_mean_over_elements_whatever_their_shape(mse_loss: Function, pair: Pair) -> None:
    y, p = pair
    flat = mse_loss(y.ravel(), p.ravel())
    agree(mse_loss(y, p), flat, "rounding", mse_loss.dtype, scale=flat)


@rejects(mse_loss=lambda y, p: np.mean((y - p) ** 2) / 2)
@rejects(mse_loss=_sum_of_squares)
@drawn(pair=pairs())
def gradient_of_mse_is_twice_the_mean_error(mse_loss: Function, pair: Pair) -> None:
    y, p = pair
    # Of a quadratic the central difference is exact for any step, so take a large one: h = 1.
    slope = central_difference(lambda at: mse_loss(y, at), p, h=1.0)
    size = mse_loss(y, p) + 1 + np.max(np.abs(p - y))  # the loss after the step
    agree(slope, 2 * (p - y) / p.size, "rounding", mse_loss.dtype, scale=size)


# --- binary cross-entropy -------------------------------------------------------------------------


@rejects(binary_cross_entropy=lambda y, p: -np.mean(_per_element(y, p)))
@drawn(pair=binary_pairs(sure=True))
def bce_is_never_negative(binary_cross_entropy: Function, pair: Pair) -> None:
    assert binary_cross_entropy(*pair) >= 0


@rejects(binary_cross_entropy=_positive_class_only)
@rejects(binary_cross_entropy=lambda y, p: np.mean(_per_element(1 - y, p)))
@drawn(pair=binary_pairs(sure=True))
def bce_is_least_where_the_prediction_is_the_label(
    binary_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    least = binary_cross_entropy(y, y)
    slack = tolerance("rounding", binary_cross_entropy.dtype, 1 + least)
    assert binary_cross_entropy(y, p) >= least - slack


@rejects(binary_cross_entropy=_guarded_at_one_end)
@rejects(binary_cross_entropy=lambda y, p: np.mean(_per_element(1 - y, p)))
@each(label=[0.0, 1.0])
def bce_of_a_sure_mistake_is_finite_and_of_a_sure_hit_is_small(
    binary_cross_entropy: Function, label: float
) -> None:
    mistake = binary_cross_entropy([label], [1 - label])
    hit = binary_cross_entropy([label], [label])
    assert hit < math.log(2) < mistake < math.inf  # log 2: what not knowing costs


@rejects(binary_cross_entropy=_positive_class_only)
@rejects(
    binary_cross_entropy=lambda y, p: np.mean(np.where(y > 0.5, 2, 1) * _per_element(y, p))
)  # a class weight left in
@drawn(pair=binary_pairs())
def bce_is_symmetric_under_a_swap_of_the_classes(
    binary_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    here = binary_cross_entropy(y, p)
    swapped = binary_cross_entropy(1 - y, 1 - p)
    agree(swapped, here, "rounding", binary_cross_entropy.dtype, scale=1 + here)


@rejects(binary_cross_entropy=lambda y, p: np.mean(_per_element(y, p)) / np.log(2))
@rejects(binary_cross_entropy=_positive_class_only)
@drawn(pair=binary_pairs())
def bce_of_one_half_is_log_2_whatever_the_label(binary_cross_entropy: Function, pair: Pair) -> None:
    half = np.full_like(pair.p, 0.5)
    got = binary_cross_entropy(pair.y, half)
    agree(got, math.log(2), "rounding", binary_cross_entropy.dtype)


@rejects(binary_cross_entropy=_sum_of_cross_entropies)
@drawn(pair=binary_pairs())
def bce_is_a_mean_so_that_data_given_twice_change_nothing(
    binary_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    once = binary_cross_entropy(y, p)
    twice = binary_cross_entropy([*y, *y], [*p, *p])
    agree(twice, once, "rounding", binary_cross_entropy.dtype, scale=1 + once)


@rejects(binary_cross_entropy=lambda y, p: np.sum(_per_element(y, p)) / len(y))
@drawn(pair=binary_pairs())
def bce_is_a_mean_over_elements_whatever_their_shape(
    binary_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    flat = binary_cross_entropy(y.ravel(), p.ravel())
    agree(binary_cross_entropy(y, p), flat, "rounding", binary_cross_entropy.dtype, scale=1 + flat)


@rejects(binary_cross_entropy=_sum_of_cross_entropies)
@rejects(sigmoid=lambda z: (1 + np.tanh(z)) / 2)  # σ(2z)
@drawn(z=grid((3,), -24, 24, 8), y=grid((3,), 0, 8, 8))
def bce_of_the_sigmoid_has_the_gradient_prediction_minus_label_over_n(
    binary_cross_entropy: Function, sigmoid: Function, z: Array, y: Array
) -> None:
    def loss(logit: Array) -> float:
        return float(binary_cross_entropy(y, sigmoid(logit)))

    h = step(binary_cross_entropy.dtype)
    slope = central_difference(loss, z, h)
    # |z| ≤ 3 keeps 1 − p above 1/21, so that forming it costs few roundoffs.
    size = (1 + loss(z)) / h
    agree(slope, (sigmoid(z) - y) / z.size, "difference", binary_cross_entropy.dtype, scale=size)


# --- categorical cross-entropy --------------------------------------------------------------------


@rejects(categorical_cross_entropy=lambda y, p: -np.sum(_surprise(y, p)) / len(y))
@drawn(pair=categorical_pairs(sure=True))
def cce_is_never_negative(categorical_cross_entropy: Function, pair: Pair) -> None:
    assert categorical_cross_entropy(*pair) >= 0


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(p, y)) / len(y))
@rejects(categorical_cross_entropy=_hard_labels)
@drawn(pair=categorical_pairs())
@always(pair=Pair(np.array([[0.75, 0.25]]), np.array([[0.9375, 0.0625]])))  # surer than the label
def cce_is_least_where_the_prediction_is_the_label(
    categorical_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    least = categorical_cross_entropy(y, y)
    slack = tolerance("rounding", categorical_cross_entropy.dtype, 1 + least)
    assert categorical_cross_entropy(y, p) >= least - slack


@rejects(categorical_cross_entropy=_unguarded)
@each(classes=[2, 3, 10])
def cce_of_a_sure_mistake_is_finite_and_of_a_sure_hit_is_small(
    categorical_cross_entropy: Function, classes: int
) -> None:
    labels = np.eye(classes)
    hit = categorical_cross_entropy(labels, labels)
    mistake = categorical_cross_entropy(labels, np.roll(labels, 1, axis=1))
    assert hit < math.log(classes) < mistake < math.inf  # log C: what not knowing costs


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)) / len(y) / np.log(2))
@rejects(categorical_cross_entropy=lambda y, p: np.mean(_surprise(y, p)))
@drawn(pair=categorical_pairs())
def cce_of_a_fair_guess_among_four_is_log_4(
    categorical_cross_entropy: Function, pair: Pair
) -> None:
    labels = np.pad(pair.y, ((0, 0), (0, 4 - pair.y.shape[1])))
    got = categorical_cross_entropy(labels, np.full_like(labels, 0.25))
    agree(got, math.log(4), "rounding", categorical_cross_entropy.dtype)


@rejects(categorical_cross_entropy=lambda y, p: np.mean(_surprise(y, p)))
@rejects(binary_cross_entropy=_sum_of_cross_entropies)
@drawn(y=grid((3,), 0, 64, 64), p=grid((3,), 1, 63, 64))
def cce_of_two_classes_is_bce(
    categorical_cross_entropy: Function, binary_cross_entropy: Function, y: Array, p: Array
) -> None:
    binary = binary_cross_entropy(y, p)
    categorical = categorical_cross_entropy(np.stack([1 - y, y], 1), np.stack([1 - p, p], 1))
    agree(categorical, binary, "rounding", categorical_cross_entropy.dtype, scale=1 + binary)


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)))
@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)) / y.shape[-1])
@drawn(pair=categorical_pairs())
def cce_is_the_mean_of_its_rows(categorical_cross_entropy: Function, pair: Pair) -> None:
    rows = [categorical_cross_entropy([y], [p]) for y, p in zip(*pair, strict=True)]
    whole = categorical_cross_entropy(*pair)
    expected = np.mean(rows)
    agree(whole, expected, "rounding", categorical_cross_entropy.dtype, scale=1 + expected)


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)) / len(y))
@drawn(pair=categorical_pairs())
def cce_takes_a_vector_for_one_sample(categorical_cross_entropy: Function, pair: Pair) -> None:
    y, p = pair.y[0], pair.p[0]
    row = categorical_cross_entropy([y], [p])
    agree(
        categorical_cross_entropy(y, p),
        row,
        "rounding",
        categorical_cross_entropy.dtype,
        scale=1 + row,
    )


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)[:, 1:]) / len(y))
@drawn(pair=categorical_pairs(), order=st.permutations(range(4)))
def cce_does_not_depend_on_the_order_of_the_classes(
    categorical_cross_entropy: Function, pair: Pair, order: list[int]
) -> None:
    y, p = pair
    classes = [c for c in order if c < y.shape[1]]
    here = categorical_cross_entropy(y, p)
    there = categorical_cross_entropy(y[:, classes], p[:, classes])
    agree(there, here, "rounding", categorical_cross_entropy.dtype, scale=1 + here)


@rejects(categorical_cross_entropy=lambda y, p: np.sum(_surprise(y, p)))
@drawn(pair=categorical_pairs())
def cce_is_a_mean_so_that_data_given_twice_change_nothing(
    categorical_cross_entropy: Function, pair: Pair
) -> None:
    y, p = pair
    once = categorical_cross_entropy(y, p)
    twice = categorical_cross_entropy([*y, *y], [*p, *p])
    agree(twice, once, "rounding", categorical_cross_entropy.dtype, scale=1 + once)

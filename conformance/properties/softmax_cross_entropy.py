"""What softmax cross-entropy must be: a surprise in nats, blind to a shift of a row's logits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree, central_difference, step
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import Array, distributions, dyadic, grid
from gradmark.conformance.properties.theorem import drawn, each, rejects
from gradmark.harness.contract.dtypes import roundoff


class Rows(NamedTuple):
    """Labels that sum to 1 in each row, and logits."""

    y: Array
    z: Array


@st.composite
def rows(draw: st.DrawFn, *, hard: bool = False) -> Rows:
    """Draw rows of labels, and logits in [−8, 8]."""
    n, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    z = draw(grid((n, classes), -64, 64, 8))
    if not hard:
        return Rows(draw(distributions(n, classes)), z)
    return Rows(np.eye(classes)[draw(grid((n,), 0, classes - 1, 1)).astype(int)], z)


# --- wrong on purpose -----------------------------------------------------------------------------


def _log_softmax(z: Array, axis: int = -1) -> Array:
    shifted = z - np.max(z, axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True)))


def _smoothed(y: Array, epsilon: float) -> Array:
    return np.asarray((1 - epsilon) * y + epsilon / y.shape[-1])


def _mean(y: Array, log_p: Array) -> float:
    return float(-np.sum(y * log_p) / (len(y) if y.ndim == 2 else 1))


def _of_raw_exponentials(y: Array, z: Array, epsilon: float = 0.0) -> float:
    p = np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)
    return _mean(_smoothed(y, epsilon), np.log(p))


def _not_normalised(y: Array, z: Array, epsilon: float = 0.0) -> float:
    return _mean(_smoothed(y, epsilon), z)


def _over_samples(y: Array, z: Array, epsilon: float = 0.0) -> float:
    return _mean(_smoothed(y, epsilon), _log_softmax(z, axis=0))


def _twice(y: Array, z: Array, epsilon: float = 0.0) -> float:
    return _mean(_smoothed(y, epsilon), _log_softmax(np.exp(_log_softmax(z))))


def _summed(y: Array, z: Array, epsilon: float = 0.0) -> float:
    return float(-np.sum(_smoothed(y, epsilon) * _log_softmax(z)))


def _sigmoids(y: Array, z: Array, epsilon: float = 0.0) -> float:
    y = _smoothed(y, epsilon)
    return _mean(np.ones_like(y), -(np.log1p(np.exp(-z)) * y + np.log1p(np.exp(z)) * (1 - y)))


def _not_smoothed(y: Array, z: Array, epsilon: float = 0.0) -> float:
    del epsilon
    return _mean(y, _log_softmax(z))


def _over_the_others(y: Array, z: Array, epsilon: float = 0.0) -> float:
    return _mean((1 - epsilon) * y + epsilon * (1 - y) / (y.shape[-1] - 1), _log_softmax(z))


# --- theorems -------------------------------------------------------------------------------------


@each(classes=[2, 3, 8])
@rejects(softmax_cross_entropy=_not_normalised)
@rejects(softmax_cross_entropy=_sigmoids)
def equal_logits_are_worth_the_logarithm_of_their_number(
    softmax_cross_entropy: Function, classes: int
) -> None:
    got = softmax_cross_entropy(np.eye(classes), np.full((classes, classes), 0.5), 0.0)
    agree(got, np.log(classes), "rounding", softmax_cross_entropy.dtype, scale=classes)


@drawn(its=rows(), shift=dyadic(-512, 512, 8))
@rejects(softmax_cross_entropy=_not_normalised)
@rejects(softmax_cross_entropy=_sigmoids)
def a_constant_added_to_a_row_changes_nothing(
    softmax_cross_entropy: Function, its: Rows, shift: float
) -> None:
    here = softmax_cross_entropy(its.y, its.z, 0.0)
    there = softmax_cross_entropy(its.y, its.z + shift, 0.0)
    scale = 16 + abs(shift)  # the magnitudes that z − log Σ e^z comes from
    agree(there, here, "rounding", softmax_cross_entropy.dtype, scale=scale)


@rejects(softmax_cross_entropy=_of_raw_exponentials)
def no_logit_is_too_large(softmax_cross_entropy: Function) -> None:
    # The loss of a class that is d behind the first is d, but for what e^−d adds.
    for size in (1000.0, 10000.0):
        got = softmax_cross_entropy([[0.0, 1.0]], [[size, 0.0]], 0.0)
        agree(got, size, "rounding", softmax_cross_entropy.dtype, scale=size)
        assert softmax_cross_entropy([[1.0, 0.0]], [[size, 0.0]], 0.0) == 0


@drawn(its=rows(hard=True))
@rejects(softmax_cross_entropy=_over_samples)
@rejects(softmax_cross_entropy=_summed)
def the_loss_of_a_batch_is_the_mean_of_its_samples(
    softmax_cross_entropy: Function, its: Rows
) -> None:
    together = softmax_cross_entropy(its.y, its.z, 0.0)
    alone = [
        softmax_cross_entropy(y[None], z[None], 0.0) for y, z in zip(its.y, its.z, strict=True)
    ]
    agree(together, np.mean(alone), "rounding", softmax_cross_entropy.dtype, scale=16 * len(alone))


@drawn(its=rows(), epsilon=dyadic(0, 64, 64))
@rejects(softmax_cross_entropy=_not_smoothed)
@rejects(softmax_cross_entropy=_over_the_others)
def smoothing_mixes_the_labels_with_a_uniform_distribution(
    softmax_cross_entropy: Function, its: Rows, epsilon: float
) -> None:
    # H((1 − ε) y + ε u, p) = (1 − ε) H(y, p) + ε H(u, p): the loss is linear in the labels.
    uniform = np.full_like(its.y, 1 / its.y.shape[-1])
    parts = softmax_cross_entropy(its.y, its.z, 0.0), softmax_cross_entropy(uniform, its.z, 0.0)
    expected = (1 - epsilon) * parts[0] + epsilon * parts[1]
    got = softmax_cross_entropy(its.y, its.z, epsilon)
    agree(got, expected, "rounding", softmax_cross_entropy.dtype, scale=16 * len(its.y))


@drawn(its=rows())
@rejects(softmax_cross_entropy=_twice)
@rejects(softmax_cross_entropy=_not_normalised)
def its_gradient_is_the_softmax_less_the_labels(softmax_cross_entropy: Function, its: Rows) -> None:
    # ∂L/∂z = (softmax(z) − y)/n, as the labels of a row sum to 1.
    y, z = its
    dtype = softmax_cross_entropy.dtype
    slope = central_difference(lambda at: softmax_cross_entropy(y, at, 0.0), z, step(dtype))
    expected = (np.exp(_log_softmax(z)) - y) / len(y)
    agree(slope, expected, "difference", dtype, scale=16 / step(dtype))


@drawn(its=rows())
@rejects(softmax_cross_entropy=lambda y, z, _: -_mean(y, _log_softmax(z)))
@rejects(softmax_cross_entropy=_not_normalised)
def no_prediction_beats_the_entropy_of_the_labels(
    softmax_cross_entropy: Function, its: Rows
) -> None:
    # Gibbs: H(y, p) ≥ H(y), with equality at p = y.
    some = np.where(its.y > 0, its.y, 1.0)
    entropy = float(-np.sum(its.y * np.log(some)) / len(its.y))
    slack: Any = 64 * roundoff(softmax_cross_entropy.dtype) * 16 * len(its.y)
    assert softmax_cross_entropy(its.y, its.z, 0.0) >= entropy - slack

"""The losses beyond the article, and gradients, against 50 digits and by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradmark import reference
from gradmark.reference.losses import (
    hinge_loss,
    hinge_loss_grad,
    kl_divergence,
    mae_loss_grad,
    nll_loss,
    softmax_cross_entropy,
    softmax_cross_entropy_grad,
)
from tests.reference.exact import FLOATS, LIBRARY_ULPS, exact, ulps

Real = Any  # mpmath ships no types

DELTA, GAMMA, ALPHA, WEIGHT = 0.75, 2.5, 0.25, 3.0
TERMS: dict[str, tuple[Callable[[Real, Real], Real], tuple[float, ...]]] = {
    "mae_loss": (lambda y, p: abs(y - p), ()),
    "huber_loss": (
        lambda y, p: (
            (y - p) ** 2 / 2 if abs(y - p) <= DELTA else DELTA * (abs(y - p) - mp.mpf(DELTA) / 2)
        ),
        (DELTA,),
    ),
    "smooth_l1_loss": (
        lambda y, p: (
            (y - p) ** 2 / 2 / mp.mpf(DELTA)
            if abs(y - p) < DELTA
            else abs(y - p) - mp.mpf(DELTA) / 2
        ),
        (DELTA,),
    ),
    "bce_with_logits": (
        lambda y, z: WEIGHT * y * mp.log1p(mp.exp(-z)) + (1 - y) * mp.log1p(mp.exp(z)),
        (WEIGHT,),
    ),
    "focal_loss": (
        lambda y, p: (
            -(
                ALPHA * y * (1 - p) ** GAMMA * mp.log(p)
                + (1 - ALPHA) * (1 - y) * p**GAMMA * mp.log(1 - p)
            )
        ),
        (GAMMA, ALPHA),
    ),
}
Y = np.array([0.0, 1.0, 0.25, 1.0, 0.0])
P = np.array([0.125, 0.75, 0.5, 0.0625, 0.875])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", TERMS)
def test_a_loss_is_the_mean_of_its_terms(name: str, dtype: Any) -> None:
    term, constants = TERMS[name]
    y, p = Y.astype(dtype), P.astype(dtype)
    want = mp.fsum(term(a, b) for a, b in zip(exact(y), exact(p), strict=True)) / len(y)
    got = getattr(reference, name)(y, p, *constants)
    assert got.dtype == dtype
    assert ulps(got, [want]) <= 4 * LIBRARY_ULPS[np.dtype(dtype)] + 8


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", TERMS)
def test_its_gradient_has_the_terms_slopes(name: str, dtype: Any) -> None:
    term, constants = TERMS[name]
    y, p = Y.astype(dtype), P.astype(dtype)
    with mp.workdps(120):
        want = [
            mp.diff(lambda x, a=a: term(a, x), b) / len(y)
            for a, b in zip(exact(y), exact(p), strict=True)
        ]
    got = getattr(reference, f"{name}_grad")(y, p, *constants)
    assert got.dtype == dtype
    assert ulps(got, want) <= 8 * LIBRARY_ULPS[np.dtype(dtype)] + 16


def test_where_there_is_a_kink_the_slope_is_that_on_the_left() -> None:
    assert mae_loss_grad([1.0], [1.0]).tolist() == [-1.0]
    assert hinge_loss_grad([1.0, -1.0], [1.0, -1.0]).tolist() == [-0.5, 0.0]


def test_hinge_refuses_labels_of_0_and_1() -> None:
    with pytest.raises(ValueError, match=r"y_true: expected labels -1 and 1, got 0\.0"):
        hinge_loss([0.0, 1.0], [0.5, 0.5])


def test_a_divergence_knows_its_limits() -> None:
    assert kl_divergence([1.0, 0.0], [1.0, 0.0]) == 0
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf


def test_a_log_probability_is_no_probability() -> None:
    with pytest.raises(ValueError, match="log_probs: expected logarithms of probabilities"):
        nll_loss([0.0, 1.0], [0.25, 0.75])


def test_a_loss_next_to_0_keeps_its_digits_where_one_class_rules() -> None:
    want = mp.log1p(mp.exp(mp.mpf(-60)))
    assert ulps(softmax_cross_entropy([1.0, 0.0], [60.0, 0.0]), [want]) <= 2
    assert np.log(1 + np.exp(-60.0)) == 0


def test_the_gradient_of_the_softmax_counts_what_the_labels_sum_to() -> None:
    got = softmax_cross_entropy_grad([0.5, 0.25], [0.0, 0.0])
    assert got.tolist() == [0.375 - 0.5, 0.375 - 0.25]

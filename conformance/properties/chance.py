"""What is drawn at random: what holds for every sample, and what holds but for next to none.

Where chance decides, a theorem bounds a mean, as the judge does (`judging.chance.allowed`): right
code breaks it with a probability below 10⁻¹², and what is off by twice the bound keeps it with no
greater one. The bound stands beside each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradmark.conformance.judging.chance import ALARM, allowed
from gradmark.conformance.properties.asked import Function, NoQuestionError
from gradmark.conformance.properties.theorem import each, rejects
from gradmark.harness.host import ContenderFault

ROWS = 128
FANS = ((50, 80), (160, 25))


def _drop(dropout: Function, x: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Ask a table, which code of vectors may refuse, or a rate that others do."""
    try:
        return np.asarray(dropout(x, rate, seed))
    except ContenderFault as refused:  # whoever refuses everything is told so by the judge
        raise NoQuestionError from refused


def _ones(x: float = 1.0) -> np.ndarray:
    return np.full((ROWS, ROWS), x)


@each(rate=[0.25, 0.5, 0.75])
@rejects(dropout="scaled-in-testing")
@rejects(dropout="divided-by-the-rate")
def what_is_dropped_is_replaced_in_the_mean_by_what_is_kept(dropout: Function, rate: float) -> None:
    # The mean of n numbers between 0 and 1/(1 − p), which is 1: at p = ½ the bound is 0.06.
    mean = float(np.mean(_drop(dropout, _ones(), rate, 1)))
    assert abs(mean - 1) <= allowed(ROWS * ROWS) / (1 - rate), f"the mean of ones is {mean:.4g}"


@rejects(dropout="keep-probability-scaled-in-testing")
@rejects(dropout=lambda x, *_: np.asarray(x) * 0.9375)
def at_rate_0_nothing_changes(dropout: Function) -> None:
    x = np.arange(-8.0, 8.0).reshape(4, 4) + 0.5
    assert np.array_equal(_drop(dropout, x, 0.0, 2), x)


@rejects(dropout=lambda x, _, rng: np.asarray(x) + np.random.default_rng(rng).normal())
def zero_stays_zero(dropout: Function) -> None:
    assert not np.any(_drop(dropout, _ones(0.0), 0.5, 3))


@each(by=[2.0, -0.5])
@rejects(dropout=lambda x, _, rng: np.maximum(_halved(x, rng), 0.0))
def a_scale_of_x_is_one_of_what_is_left_under_the_same_mask(dropout: Function, by: float) -> None:
    x = np.arange(1.0, 65.0).reshape(8, 8)
    once, again, scaled = (_drop(dropout, given, 0.5, 4) for given in (x, x, by * x))
    if not np.array_equal(once, again):  # it draws from elsewhere, so that no mask comes again
        raise NoQuestionError
    assert np.array_equal(scaled, by * once)


def _halved(x: Any, rng: Any) -> np.ndarray:
    kept = np.random.default_rng(rng).random(np.shape(x)) < 0.5
    return 2.0 * np.where(kept, x, 0.0)


@rejects(dropout="same-mask-every-call")
def two_calls_drop_other_entries(dropout: Function) -> None:
    # Right masks of 64 entries at p = ½ are alike once in 2⁶⁴ times.
    one, other = (_drop(dropout, np.ones((8, 8)), 0.5, seed) for seed in (5, 6))
    assert not np.array_equal(one, other)


# --- weights --------------------------------------------------------------------------------------


@each(fans=FANS)
@rejects(glorot_uniform="fan-in-alone")
@rejects(glorot_uniform="never-negative")
def no_weight_of_glorot_is_beyond_the_limit_and_their_mean_is_0(
    glorot_uniform: Function, fans: tuple[int, int]
) -> None:
    limit = math.sqrt(6 / sum(fans))
    w = glorot_uniform(*fans, 1)
    assert np.abs(w).max() <= limit * (1 + 1e-6), f"one is {np.abs(w).max():.4g}, not {limit:.4g}"
    # A mean of n numbers in [−L, L]: the bound is 0.12 L.
    assert abs(np.mean(w)) <= 2 * limit * allowed(w.size), f"their mean is {np.mean(w):.4g}"


@each(fans=FANS)
@rejects(glorot_uniform="three-for-six")
@rejects(glorot_uniform="fan-out-alone")
def the_fans_of_glorot_may_be_exchanged(glorot_uniform: Function, fans: tuple[int, int]) -> None:
    # The mean of w², between 0 and L², is L²/3 whichever fan comes first: the bound is 0.06 L².
    square = 6 / sum(fans)
    for seed, both in enumerate((fans, fans[::-1]), 2):
        w = glorot_uniform(*both, seed)
        off = abs(float(np.mean(w * w)) - square / 3)
        assert off <= square * allowed(w.size), f"the mean square of {both} is off by {off:.4g}"


@rejects(glorot_uniform="same-weights-every-call")
def two_layers_of_glorot_start_apart(glorot_uniform: Function) -> None:
    assert not np.array_equal(glorot_uniform(8, 4, 4), glorot_uniform(8, 4, 5))


@each(fans=FANS)
@rejects(he_normal="gain-forgotten")
@rejects(he_normal="average-of-fans")
@rejects(he_normal="truncated-uncorrected")
def the_weights_of_he_have_variance_2_over_fan_in(
    he_normal: Function, fans: tuple[int, int]
) -> None:
    # Σw²/σ² is a χ² of n degrees. Laurent and Massart 2000: it is above n + 2√(nt) + 2t, or below
    # n − 2√(nt), with a probability of e⁻ᵗ each. At n = 4000 that is within 18 % of n.
    w = he_normal(*fans, 1)
    n, t = w.size, math.log(2 / ALARM)
    chi = float(np.sum(w * w)) * fans[0] / 2
    low, high = n - 2 * math.sqrt(n * t), n + 2 * math.sqrt(n * t) + 2 * t
    assert low <= chi <= high, f"the variance times fan_in is {2 * chi / n:.4g}"


@rejects(he_normal="truncated-normal")
@rejects(he_normal="uniform-distribution")
def the_weights_of_he_have_tails(he_normal: Function) -> None:
    # Beyond 2.4 deviations lie 1.6 % of normal numbers: of 4000 none with a probability of e⁻⁶⁶.
    w = he_normal(50, 80, 2)
    assert np.abs(w).max() > 2.4 * math.sqrt(2 / 50)


@rejects(he_normal="rand-for-randn")
def half_the_weights_of_he_are_negative(he_normal: Function) -> None:
    w = he_normal(50, 80, 3)
    assert abs(float(np.mean(w < 0)) - 0.5) <= allowed(w.size)


@rejects(he_normal="same-weights-every-call")
def two_layers_of_he_start_apart(he_normal: Function) -> None:
    assert not np.array_equal(he_normal(8, 4, 4), he_normal(8, 4, 5))

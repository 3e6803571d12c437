"""Softmax and its logarithm, along the last axis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import logistic, softplus
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.catalogue.losses.guards import rounded
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.variant import Body, Guard, canonical, dialect, mistake
from gradmark.conformance.truth import (
    REAL,
    Exact,
    Number,
    allowing,
    elementwise,
    exp,
    log,
    log1p,
    maximum,
)
from gradmark.conformance.truth.symbol import Symbol
from gradmark.harness.contract.dtypes import DTYPES

SOURCE = "Bridle 1990"
SOFTMAX, LOGARITHM = "softmax", "log_softmax"


def _greatest(z: Exact, axis: int = -1) -> Exact:
    if isinstance(z, Symbol):
        return z.max(axis=axis)
    rows = np.moveaxis(np.asarray(z), axis, 0)
    top = rows[0]
    for row in rows[1:]:
        top = maximum(top, row)
    return np.expand_dims(top, axis)


def _shares(odds: Exact, axis: int = -1) -> Exact:
    return odds / np.sum(odds, axis=axis, keepdims=True)


def _softmax(z: Exact, axis: int = -1) -> Exact:
    if isinstance(z, Symbol):
        return _shares(exp(z), axis)  # what is subtracted first changes nothing
    return _shares(exp(z - _greatest(z, axis)), axis)


_whole = False


@contextmanager
def subtracting_the_whole_logarithm() -> Iterator[None]:
    """Let log softmax be z − (max + log Σ e^(z − max)): where z is far from 0, digits are lost."""
    global _whole
    _whole = True
    try:
        yield
    finally:
        _whole = False


def log_softmax(z: Exact, axis: int = -1) -> Exact:
    """z − log Σ e^z."""
    if isinstance(z, Symbol):
        return z - log(exp(z).sum(axis=axis))
    greatest = _greatest(z, axis)
    shifted = z - greatest
    rows = np.moveaxis(shifted, axis, -1)
    sums = np.array([_log_sum(row) for row in np.reshape(rows, (-1, rows.shape[-1]))], rows.dtype)
    sums = np.expand_dims(np.reshape(sums, rows.shape[:-1]), axis)
    return z - (greatest + sums) if _whole else shifted - sums


def _log_sum(row: Exact) -> Exact:
    """log Σ e^z of a row whose greatest is 0: whole, however little the others add to 1.

    Its bound is that of the logarithm of the sum, which is what libraries take.
    """
    odds = exp(row)
    greatest = _first_zero(row)
    rest = sum((odd for at, odd in enumerate(odds) if at != greatest), 0 * odds[0])
    return allowing(log1p(rest), getattr(log(np.sum(odds)), "error", 0.0))


def _first_zero(row: Exact) -> int:
    return next((at for at, value in enumerate(row) if value >= 0), 0)


def stored_softmax(z: Exact, dtype: str) -> Exact:
    """The softmax as a float holds it: 0 where it underflows."""
    least = DTYPES[dtype].smallest
    return elementwise(lambda p: Number(0) if 2 * p < least else p)(exp(log_softmax(z)))


def stored_exp(z: Exact, dtype: str) -> Exact:
    """e^z as a float holds it: 0 where it underflows, no number where what it divides overflows."""
    largest, least = np.log(DTYPES[dtype].largest), np.log(DTYPES[dtype].smallest) - np.log(2)

    def held(v: Number) -> Number:
        return Number(np.nan) if v > float(largest) else Number(0) if v < float(least) else exp(v)

    return elementwise(held)(z)


def _stored_shares(z: Exact, dtype: str) -> Exact:
    """Shares of what a float holds: ∞ / ∞ is NaN, and 0 is what is left beside it."""
    odds = stored_exp(z, dtype)
    beyond = np.isnan(np.asarray(odds, float))
    beside = beyond.any(axis=-1, keepdims=True)
    shares = np.where(beside, 0 * z, _shares(odds))
    return np.where(beyond, odds, shares)


def _all_together(z: Exact) -> Exact:
    return np.reshape(z, (-1,))


# --- softmax --------------------------------------------------------------------------------------


@canonical(SOFTMAX, SOURCE)
def shares(z: Exact) -> Exact:
    """e^z / Σ e^z along the last axis."""
    return _softmax(z)


@dialect(SOFTMAX, "Miller 2023, Attention Is Off By One; a learned or fixed sink in attention")
def one_in_the_divisor(z: Exact) -> Exact:
    """e^z / (1 + Σ e^z): a row may sum to less than 1."""
    top = maximum(_greatest(z), Number(0))
    odds = exp(z - top)
    return odds / (exp(-top) + np.sum(odds, axis=-1, keepdims=True))


@mistake(SOFTMAX, "nntrainer/nntrainer#430, deeplearning4j/deeplearning4j#345: the wrong axis")
def over_the_first_axis(z: Exact) -> Exact:
    """Down the samples, not across the classes."""
    return _softmax(z, axis=0)


@dialect(SOFTMAX, "SciPy, special.softmax with its default, axis=None; code for one row")
def over_everything(z: Exact) -> Exact:
    """One softmax over all entries: right where a row is given alone, and no table of rows."""
    return np.reshape(_softmax(_all_together(z)), np.shape(z))


@mistake(SOFTMAX, "apache/singa#540; deeplearning4j/deeplearning4j-examples#730")
def quotient_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """NaN where e^z overflows, as no maximum is subtracted, and where all of a row underflows."""
    return _stored_shares(z, dtype)


@mistake(SOFTMAX, "np.exp(z - np.max(z)) over a batch, and the sum by rows")
def maximum_of_everything_subtracted(z: Exact, *, dtype: str) -> Exact:
    """NaN where a row lies so far below the largest logit of all that its exponentials are 0."""
    return _shares(stored_exp(z - _greatest(_all_together(z)), dtype))


@mistake(SOFTMAX, "the division is forgotten")
def not_normalised(z: Exact) -> Exact:
    """e^(z − max z): the greatest is 1."""
    return exp(z - _greatest(z))


@mistake(SOFTMAX, "a sigmoid for each class")
def sigmoid_for_each(z: Exact) -> Exact:
    """σ(z), entry by entry."""
    return logistic(z)


@mistake(SOFTMAX, "softmin: the sign of the exponent")
def least_for_greatest(z: Exact) -> Exact:
    """e^(−z) / Σ e^(−z)."""
    return _softmax(-z)


@mistake(SOFTMAX, "2 ** z for np.exp(z)")
def base_two(z: Exact) -> Exact:
    """2^z / Σ 2^z."""
    return _softmax(z * Number(REAL.log(2)))


@mistake(SOFTMAX, "the logarithm of it under this name")
def logarithm_of_it(z: Exact) -> Exact:
    """log softmax z."""
    return log_softmax(z)


@mistake(SOFTMAX, "z / z.sum(): shares without exponentials")
def shares_of_the_logits(z: Exact) -> Exact:
    """z / Σ z."""
    return _shares(z)


# --- its logarithm --------------------------------------------------------------------------------


spelled(
    SOFTMAX,
    "the logarithm of the softmax is rounded before its exponential is taken",
    lambda z: exp(log_softmax(z)),
)


@canonical(LOGARITHM, SOURCE)
def less_the_logarithm_of_the_sum(z: Exact) -> Exact:
    """z − log Σ e^z along the last axis."""
    return log_softmax(z)


@mistake(LOGARITHM, "np.log(softmax(z)) of a softmax that has underflowed")
def log_of_the_softmax(z: Exact, *, dtype: str) -> Exact:
    """−∞ where the softmax underflows."""
    return log(stored_softmax(z, dtype))


@mistake(LOGARITHM, "np.log(np.exp(z) / np.sum(np.exp(z))): apache/singa#540")
def quotient_that_overflows_first(z: Exact, *, dtype: str) -> Exact:
    """NaN where e^z overflows, −∞ where it underflows."""
    return log(_stored_shares(z, dtype))


@mistake(LOGARITHM, "the maximum that was subtracted is not added to the logarithm")
def maximum_forgotten(z: Exact) -> Exact:
    """z − log Σ e^(z − max z)."""
    return log_softmax(z) + _greatest(z)


@mistake(LOGARITHM, "nntrainer/nntrainer#430: the wrong axis")
def log_over_the_first_axis(z: Exact) -> Exact:
    """Down the samples, not across the classes."""
    return log_softmax(z, axis=0)


@dialect(LOGARITHM, "SciPy, special.log_softmax with its default, axis=None; code for one row")
def log_over_everything(z: Exact) -> Exact:
    """One softmax over all entries: right where a row is given alone, and no table of rows."""
    return np.reshape(log_softmax(_all_together(z)), np.shape(z))


@mistake(LOGARITHM, "np.log2 for np.log")
def log_to_base_two(z: Exact) -> Exact:
    """Logarithms to base two: bits where the formula counts nats."""
    return log_softmax(z) / Number(REAL.log(2))


@mistake(LOGARITHM, "softmax under this name")
def without_the_logarithm(z: Exact) -> Exact:
    """e^z / Σ e^z."""
    return _softmax(z)


@mistake(LOGARITHM, "the minus of a loss")
def log_s_sign_flipped(z: Exact) -> Exact:
    """log Σ e^z − z: never negative."""
    return -log_softmax(z)


@mistake(LOGARITHM, "s - np.sum(np.exp(s)), s = z - max(z)")
def logarithm_forgotten(z: Exact) -> Exact:
    """s − Σ e^s, s = z − max z: the logarithm of the sum is missing."""
    shifted = z - _greatest(z)
    return shifted - exp(shifted).sum(axis=-1, keepdims=True)


@mistake(LOGARITHM, "a log-sigmoid for each class")
def log_sigmoid_for_each(z: Exact) -> Exact:
    """log σ(z), entry by entry."""
    return -softplus(-z)


# --- guards with an ε of one's own ----------------------------------------------------------------


def _added(epsilon: float = 0.0) -> Body:
    def body(z: Exact, *, dtype: str) -> Exact:
        return log(exp(log_softmax(z)) + rounded(epsilon, dtype))

    return body


recipe(LOGARITHM, _added)
family(
    LOGARITHM,
    "epsilon-{}-inside-log",
    "Takes the softmax, and adds ε = {} inside the logarithm.",
    "from scratch: np.log(softmax(z) + eps)",
    lambda epsilon: {"epsilon": epsilon},
    1e-20,
    0.2,
    guard=lambda epsilon: Guard(above_zero=epsilon),
)

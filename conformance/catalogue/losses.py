"""The losses: canonical forms, conventions and mistakes."""

from __future__ import annotations

import numpy as np

from conformance.catalogue.variant import canonical, dialect, mistake
from conformance.truth import (
    Exact,
    Number,
    elementwise,
    log,
    log1p,
    maximum,
    mean,
    minimum,
    mp,
    sqrt,
    total,
)

EPSILON = 1e-15  # the article's clipping
LEAST = Number(mp.log(mp.mpf(EPSILON)))  # log ε
MOST = Number(mp.log1p(-mp.mpf(EPSILON)))  # log(1 − ε)


def _clip(x: Exact, low: Exact, high: Exact) -> Exact:
    return minimum(maximum(x, low), high)


def _log_or(x: Exact, at_zero: float | Number) -> Exact:
    """The logarithm, with a value of its own at zero."""
    return elementwise(lambda v: log(v) if v > 0 else at_zero)(x)


def _log_complement(p: Exact, at_one: float | Number) -> Exact:
    """log(1 − p) without forming 1 − p, with a value of its own at p = 1."""
    return elementwise(lambda v: log1p(-v) if v < 1 else at_one)(p)


def _clipped_at_1e_7(p: Exact, dtype: str) -> Exact:
    low, high = (Number(float(np.asarray(bound, dtype))) for bound in (1e-7, 1 - 1e-7))
    return _clip(p, low, high)


def _weighted(y: Exact, logarithm: Exact) -> Exact:
    """y log p with 0 log 0 = 0, its limit."""
    return elementwise(lambda a, b: a * b if a.value else Number(0), 2)(y, logarithm)


def _cross_entropy(y: Exact, log_p: Exact, log_q: Exact) -> Exact:
    return -(y * log_p + (1 - y) * log_q)


def _clipped(y: Exact, p: Exact) -> Exact:
    log_p = _clip(_log_or(p, LEAST), LEAST, MOST)
    log_q = _clip(_log_complement(p, LEAST), LEAST, MOST)
    return _cross_entropy(y, log_p, log_q)


# --- mean squared error ---------------------------------------------------------------------------


@canonical("mse_loss", 'Article, "Mean Squared Error (MSE)"; Gauss 1821')
def mean_of_squares(y: Exact, p: Exact) -> Exact:
    """The mean of the squared differences."""
    return mean((y - p) ** 2)


@dialect("mse_loss", "Ng, Machine Learning (course notes): J(θ) with 1/(2m)")
def half_mean(y: Exact, p: Exact) -> Exact:
    """Half the mean of the squares, so that the gradient has no factor 2."""
    return mean((y - p) ** 2) / 2


@dialect("mse_loss", "PyTorch, MSELoss(reduction='sum')")
def sum_of_squares(y: Exact, p: Exact) -> Exact:
    """The squares summed, not averaged."""
    return total((y - p) ** 2)


@dialect("mse_loss", "Bishop, Pattern Recognition and Machine Learning, eqs. 1.2 and 5.11")
def half_sum(y: Exact, p: Exact) -> Exact:
    """Half the sum of the squares."""
    return total((y - p) ** 2) / 2


@mistake("mse_loss", "a mean absolute error under this name")
def absolute_differences(y: Exact, p: Exact) -> Exact:
    """Absolute differences where squares belong."""
    return mean(abs(y - p))


@mistake("mse_loss", "a root mean square under this name")
def root_taken(y: Exact, p: Exact) -> Exact:
    """The root of the mean square."""
    return sqrt(mean((y - p) ** 2))


@mistake("mse_loss", "square of the mean, not mean of the squares")
def square_of_mean(y: Exact, p: Exact) -> Exact:
    """The mean difference, squared: errors of opposite sign cancel."""
    return mean(y - p) ** 2


# --- binary cross-entropy -------------------------------------------------------------------------


@canonical("binary_cross_entropy", 'Article, "Binary Cross-Entropy"; Cox 1958')
def clipped_in_real_arithmetic(y: Exact, p: Exact) -> Exact:
    """The mean cross-entropy of p clipped to [ε, 1 − ε], ε = 1e-15, in real arithmetic."""
    return mean(_clipped(y, p))


@dialect("binary_cross_entropy", 'Article, listing of "Loss Functions"', float32="mistake")
def clip_bound_rounded(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips to 1 − ε as the dtype rounds it: 1 − 9.99e-16 in float64, 1 in float32 (then NaN)."""
    bound = float(np.asarray(1 - EPSILON, dtype))
    p = _clip(p, Number(float(np.asarray(EPSILON, dtype))), Number(bound))
    # As the listing has it: 1 − p is formed and rounded before its logarithm is taken.
    return mean(_cross_entropy(y, log(p), _log_or(1 - p, Number(mp.ninf))))


@dialect("binary_cross_entropy", "Keras, backend.epsilon() = 1e-7")
def clipped_at_1e_7(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at ε = 1e-7, and at 1 − ε as the dtype rounds it."""
    p = _clipped_at_1e_7(p, dtype)
    return mean(_cross_entropy(y, log(p), log1p(-p)))


@dialect("binary_cross_entropy", "scikit-learn, log_loss: eps of the dtype")
def clipped_at_machine_epsilon(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at the machine epsilon of the dtype."""
    eps = float(np.finfo(dtype).eps)
    p = _clip(p, Number(eps), Number(1 - mp.mpf(eps)))
    return mean(_cross_entropy(y, log(p), log1p(-p)))


@dialect("binary_cross_entropy", 'Article, listing of "Complete 2-Layer Backpropagation"')
def epsilon_inside_logs(y: Exact, p: Exact) -> Exact:
    """Adds ε = 1e-15 inside the logarithms, where the canonical form clips."""
    return mean(_cross_entropy(y, log(p + Number(EPSILON)), log(1 - p + Number(EPSILON))))


@dialect(
    "binary_cross_entropy", 'Article, "Binary Cross-Entropy", the printed formula; SciPy, xlogy'
)
def unguarded(y: Exact, p: Exact) -> Exact:
    """No guard: infinite where a prediction is sure and wrong; 0 log 0 is taken as 0."""
    log_p, log_q = (_log_or(p, Number(mp.ninf)), _log_complement(p, Number(mp.ninf)))
    return mean(-(_weighted(y, log_p) + _weighted(1 - y, log_q)))


@mistake("binary_cross_entropy", "0 · log 0 in floating point")
def unguarded_nan(y: Exact, p: Exact) -> Exact:
    """No guard, and 0 log 0 is NaN: a prediction that is sure and right spoils the mean."""
    infinite = Number(mp.ninf)
    return mean(_cross_entropy(y, _log_or(p, infinite), _log_or(1 - p, infinite)))


@dialect("binary_cross_entropy", "PyTorch, BCELoss")
def logs_clamped_at_minus_100(y: Exact, p: Exact) -> Exact:
    """Clamps the logarithms at −100, where the canonical form clips the probability."""
    floor = Number(-100)
    log_p, log_q = _log_or(p, floor), _log_complement(p, floor)
    return mean(_cross_entropy(y, maximum(log_p, floor), maximum(log_q, floor)))


@dialect("binary_cross_entropy", "PyTorch, BCELoss(reduction='sum')")
def summed(y: Exact, p: Exact) -> Exact:
    """The cross-entropies summed, not averaged."""
    return total(_clipped(y, p))


@mistake("binary_cross_entropy", "only half of the formula")
def positive_class_only(y: Exact, p: Exact) -> Exact:
    """−mean(y log p): the term of the negative class is missing."""
    return mean(-y * _clip(_log_or(p, LEAST), LEAST, MOST))


@mistake("binary_cross_entropy", "the leading minus is missing")
def sign_lost(y: Exact, p: Exact) -> Exact:
    """The sign of the loss is lost: better predictions score lower, and below zero."""
    return -mean(_clipped(y, p))


@mistake("binary_cross_entropy", "bits where the formula counts nats")
def base_two(y: Exact, p: Exact) -> Exact:
    """Logarithms to base two."""
    return mean(_clipped(y, p)) / Number(mp.log(2))


# --- categorical cross-entropy --------------------------------------------------------------------


def _rows(y: Exact) -> int:
    """A vector is one sample, as in the printed formula."""
    return 1 if np.ndim(y) == 1 else int(np.shape(y)[0])


def _categorical(y: Exact, p: Exact) -> Exact:
    return total(-y * maximum(_log_or(p, LEAST), LEAST))


@canonical("categorical_cross_entropy", 'Article, "Categorical Cross-Entropy"')
def mean_over_samples(y: Exact, p: Exact) -> Exact:
    """−Σ y log p over the classes, averaged over the rows; a vector is one row."""
    return _categorical(y, p) / _rows(y)


@dialect("categorical_cross_entropy", "PyTorch, CrossEntropyLoss(reduction='sum')")
def summed_over_samples(y: Exact, p: Exact) -> Exact:
    """Summed over the rows, not averaged."""
    return _categorical(y, p)


def _renormalised(p: Exact) -> Exact:
    return p / np.sum(p, axis=-1, keepdims=True)


@dialect("categorical_cross_entropy", "PyTorch and Optax: log p handed to a loss of logits")
def rows_renormalised(y: Exact, p: Exact) -> Exact:
    """Each row of predictions is first divided by its sum."""
    return _categorical(y, _renormalised(p)) / _rows(y)


@dialect("categorical_cross_entropy", "Keras, categorical_crossentropy(from_logits=False)")
def rows_renormalised_clipped_at_1e_7(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Each row of predictions is first divided by its sum, then clipped at ε = 1e-7."""
    return total(-y * log(_clipped_at_1e_7(_renormalised(p), dtype))) / _rows(y)


@dialect("categorical_cross_entropy", "scikit-learn, MLPClassifier's log_loss: eps of the dtype")
def clipped_to_machine_epsilon(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at the machine epsilon of the dtype, at both ends."""
    eps = float(np.finfo(dtype).eps)
    return total(-y * log(_clip(p, Number(eps), Number(1 - mp.mpf(eps))))) / _rows(y)


@dialect("categorical_cross_entropy", 'Article, "Categorical Cross-Entropy", the printed formula')
def unguarded_logarithms(y: Exact, p: Exact) -> Exact:
    """No guard: infinite where a prediction is sure and wrong; 0 log 0 is taken as 0."""
    return -total(_weighted(y, _log_or(p, Number(mp.ninf)))) / _rows(y)


@dialect("categorical_cross_entropy", "from scratch in many tutorials: log(p + 1e-15)")
def epsilon_inside_log(y: Exact, p: Exact) -> Exact:
    """Adds ε = 1e-15 inside the logarithm, where the canonical form clips."""
    return -total(y * log(p + Number(EPSILON))) / _rows(y)


@mistake("categorical_cross_entropy", 'Article, listing of "Loss Functions"')
def vector_divided_by_classes(y: Exact, p: Exact) -> Exact:
    """Divides by len(y_true), which for one sample given as a vector is the number of classes."""
    return _categorical(y, p) / len(y)


@mistake("categorical_cross_entropy", "a mean over every axis")
def mean_over_elements(y: Exact, p: Exact) -> Exact:
    """Averages over samples and classes alike."""
    return _categorical(y, p) / np.size(y)


@mistake("categorical_cross_entropy", "hard labels read out of soft ones")
def argmax_of_soft_labels(y: Exact, p: Exact) -> Exact:
    """Takes the most likely class of a soft label as the whole truth."""
    hard = (y >= np.max(y, axis=-1, keepdims=True)) * Number(1)
    return _categorical(hard, p) / _rows(y)

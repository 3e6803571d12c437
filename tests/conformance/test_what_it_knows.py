"""Code that was written for less than is asked is judged on what it knows, and is told so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.catalogue import composed
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import subject_of
from gradmark.conformance.judging.beyond import Answers
from gradmark.conformance.judging.floats import far_from
from gradmark.conformance.judging.judge import Judgement
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.within import within
from gradmark.harness.in_process import in_process

DTYPES = ("float64", "float32")


def judged(thing: Any, formula: str, dtype: str = "float64") -> Judgement:
    return subject_of(in_process(thing, formula), dtype).judgement(formula)


# --- hard labels ----------------------------------------------------------------------------------


def of_classes(y_true: Any, y_pred: Any) -> Any:
    """Binary cross-entropy of whoever asks which of two classes it is."""
    return -np.mean(np.log(np.where(y_true > 0.5, y_pred, 1 - y_pred)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_who_compares_labels_with_a_half_is_not_accused_on_soft_ones(dtype: str) -> None:
    found = judged(of_classes, "binary_cross_entropy", dtype)
    assert (found.verdict, found.variant) == ("inaccurate", "unguarded")
    assert "soft labels" in found.not_asked
    assert "Takes soft labels for hard ones" in found.detail
    assert "1 − p is computed and rounded" in found.detail


def test_who_squares_soft_labels_takes_them_for_no_hard_ones() -> None:
    wrong = judged(lambda y, p: reference.binary_cross_entropy(y**2, p), "binary_cross_entropy")
    assert wrong.verdict == "deviates"


def test_who_is_wrong_on_hard_labels_gains_nothing_from_soft_ones() -> None:
    def ten_times_the_negatives(y_true: Any, y_pred: Any) -> Any:
        losses = -np.log(np.where(y_true > 0.5, y_pred, 1 - y_pred))
        return np.mean(losses * np.where(y_true > 0.5, 1, 10))

    assert judged(ten_times_the_negatives, "binary_cross_entropy").verdict == "deviates"


def test_who_raises_at_soft_labels_was_not_asked_about_them() -> None:
    def strict(y_true: Any, y_pred: Any) -> Any:
        if not np.isin(y_true, (0, 1)).all():
            raise ValueError("labels are 0 or 1")
        return reference.binary_cross_entropy(y_true, y_pred)

    found = judged(strict, "binary_cross_entropy")
    assert found.verdict == "conforms"
    assert "soft labels" in found.not_asked


# --- one axis, or two -----------------------------------------------------------------------------


def focal_of_vectors(y_true: Any, y_pred: Any, gamma: float, alpha: float) -> float:
    """The focal loss in a loop over numbers, which takes no table of them."""
    losses = []
    for y, p in zip(y_true, y_pred, strict=True):
        q = min(max(float(p), 1e-8), 1 - 1e-8)
        positive = -alpha * float(y) * (1 - q) ** gamma * math.log(q)
        losses.append(positive - (1 - alpha) * (1 - float(y)) * q**gamma * math.log(1 - q))
    return float(sum(losses) / len(losses))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.thorough
def test_a_loop_over_numbers_in_float64_keeps_its_epsilon_in_either_dtype(dtype: str) -> None:
    found = judged(focal_of_vectors, "focal_loss", dtype)
    assert found.verdict in ("dialect", "inaccurate")
    assert found.variant == "probability-clipped-at-1e-8"
    assert "any shape" in found.not_asked


def softmax_by_rows(z: Any) -> Any:
    out = np.zeros(np.shape(z))
    for i in range(len(z)):
        e = np.exp(z[i] - np.max(z[i]))
        out[i] = e / e.sum()
    return out.astype(z.dtype)


def layer_norm(x: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    return gamma * centred / np.sqrt(x.var(axis=1, keepdims=True) + epsilon) + beta


@pytest.mark.parametrize(
    ("thing", "formula"), [(softmax_by_rows, "softmax"), (layer_norm, "layer_norm")]
)
def test_who_goes_through_the_rows_of_a_table_is_judged_on_tables(thing: Any, formula: str) -> None:
    """Of a softmax it is known how a vector is one row; a norm is not asked about it."""
    found = judged(thing, formula)
    assert found.verdict == "conforms"
    assert ("vectors" in found.not_asked) is (formula == "layer_norm")


@pytest.mark.parametrize(
    ("thing", "formula"),
    [
        (lambda z: reference.softmax(z.T).T, "softmax"),
        (lambda x, gamma, beta, epsilon: layer_norm(x, gamma, beta, epsilon + 0.1), "layer_norm"),
    ],
)
def test_who_is_wrong_on_tables_gains_nothing_from_vectors(thing: Any, formula: str) -> None:
    assert judged(thing, formula).verdict == "deviates"


# --- floats first ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_floats_refute_50_digits_refute(dtype: str) -> None:
    asked = [case for case in within("Adam", dtype) if not case.large][:4]
    given = [np.asarray(reference_path(case)) for case in asked]
    exactly = Answers("Adam", dtype, asked, given)
    refuted = 0
    for form in composed("Adam")[::97]:
        if any(far_from(form, *its) for its in zip(asked, given, strict=True)):
            refuted += 1
            assert exactly.fits([form]) == []
            truths = [truth(form, case).all() for case in asked]
            told = zip(truths, given, strict=True)
            assert any((abs(true.high - got) > 1e-3).any() for true, got in told)
    assert refuted > 5


class Centred:
    """RMSprop by the deviation, both averages corrected: at a first step it divides by rounding."""

    def __init__(self, lr: float, beta: float, epsilon: float) -> None:
        self.lr, self.beta, self.epsilon = lr, beta, epsilon
        self.m: Any = 0.0
        self.v: Any = 0.0
        self.t = 0

    def step(self, w: Any, grad: Any) -> Any:
        self.t += 1
        self.m = self.beta * self.m + (1 - self.beta) * grad
        self.v = self.beta * self.v + (1 - self.beta) * grad * grad
        m, v = (average / (1 - self.beta**self.t) for average in (self.m, self.v))
        return w - self.lr * grad / (np.sqrt(np.maximum(v - m * m, 0)) + self.epsilon)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.thorough
def test_floats_refute_no_two_conventions_that_rounding_takes_anywhere(dtype: str) -> None:
    found = judged(Centred, "RMSprop", dtype)
    assert found.variant == "epsilon-outside-root + centered-bias-corrected"
    assert found.verdict in ("dialect", "inaccurate")


def reference_path(case: Any) -> list[float]:
    w, gradients, rates = case.arguments
    adam, path = reference.Adam(lr=rates[0], **case.hyper), []
    for gradient, adam.lr in zip(gradients, rates, strict=True):
        w = adam.step(w, gradient)
        path += np.ravel(w).tolist()
    return path


@pytest.mark.thorough
def test_properties_do_not_ask_for_what_the_corpus_was_refused() -> None:
    examined = examine(
        in_process(focal_of_vectors, "focal_loss"), "focal_loss", "float64", Settings(examples=3)
    )
    assert [*examined][-1]["verdict"] in ("dialect", "inaccurate")

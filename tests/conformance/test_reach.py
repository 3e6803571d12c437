"""How far the questions reach: sizes, the whole domain, and what right code may refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import arrays_in, cases, needs, order
from gradmark.conformance.catalogue import variants
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging import kept as keeping
from gradmark.conformance.judging.judge import Judgement
from gradmark.harness.contract import CAPABILITIES, CONTRACT, DETERMINED
from gradmark.harness.in_process import in_process
from gradmark.harness.worker import LAYOUTS, SHARED

BOTH = pytest.mark.parametrize("dtype", ["float64", "float32"])


def judged(thing: Any, formula: str, dtype: str = "float64") -> Judgement:
    return Subject(in_process(thing, formula), dtype).judgement(formula)


# --- size -----------------------------------------------------------------------------------------


def _prime(n: int) -> bool:
    return all(n % k for k in range(2, math.isqrt(n) + 1))


@BOTH
@pytest.mark.parametrize("formula", DETERMINED)
def test_large_cases_are_the_last_and_their_lengths_are_multiples_of_nothing(
    formula: str, dtype: str
) -> None:
    large = [case for case in cases(formula, dtype) if case.large]
    if CONTRACT[formula].takes_numbers or formula.startswith("rosenbrock"):
        assert large == []
        return
    assert large
    assert all(case.large for case in sorted(cases(formula, dtype), key=order)[-len(large) :])
    for case in large:
        longest = max(max(array.shape) for array in arrays_in(*case.arguments))
        assert _prime(longest)
        assert longest > 64


@BOTH
@pytest.mark.parametrize("block", [8, 16, 64])
@pytest.mark.sweep
def test_what_is_left_over_after_whole_vectors_is_asked(block: int, dtype: str) -> None:
    def body(n: int) -> int:
        return n - n % block if n >= 128 else n

    def relu(z: Any) -> Any:
        out = np.maximum(z, 0)
        out.reshape(-1)[body(out.size) :] = 0
        return out

    def mse_loss(y_true: Any, y_pred: Any) -> Any:
        off = np.ravel(y_true - y_pred)
        return np.sum(off[: body(off.size)] ** 2) / off.size

    for thing, formula in ((relu, "relu"), (mse_loss, "mse_loss")):
        found = judged(thing, formula, dtype)
        assert found.verdict == "deviates", formula
        assert "case large, made smaller" in found.detail


def _over_batches(each: Any, size: int) -> Any:
    return np.mean([np.mean(each[i : i + size]) for i in range(0, len(each), size)])


@BOTH
@pytest.mark.parametrize("size", [32, 64, 100, 128, 256, 1024])
@pytest.mark.sweep
def test_the_mean_of_the_means_of_batches_is_not_the_mean(size: int, dtype: str) -> None:
    def mse_loss(y_true: Any, y_pred: Any) -> Any:
        return _over_batches((y_true - y_pred) ** 2, size)

    assert judged(mse_loss, "mse_loss", dtype).verdict == "deviates"


def test_rows_are_batched_as_entries_are() -> None:
    def softmax_cross_entropy(y_true: Any, logits: Any, label_smoothing: float = 0.0) -> Any:
        rows = zip(np.atleast_2d(y_true), np.atleast_2d(logits), strict=True)
        each = [reference.softmax_cross_entropy(y, z, label_smoothing) for y, z in rows]
        return _over_batches(np.array(each), 100)

    assert judged(softmax_cross_entropy, "softmax_cross_entropy").verdict == "deviates"


@pytest.mark.parametrize("most", [64, 128])
@pytest.mark.thorough
def test_a_network_is_asked_with_more_samples_and_units_than_fit(most: int) -> None:
    def first_samples(X: Any, y: Any, *weights: Any) -> Any:
        return reference.compute_gradients(X[:most], y[:most], *weights)

    def first_units(X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        units = most // 4
        return reference.compute_loss(X, y, W1[:, :units], b1[:, :units], W2[:units], b2)

    assert judged(first_samples, "compute_gradients").verdict == "deviates"
    assert judged(first_units, "compute_loss").verdict == "deviates"


@pytest.mark.thorough
def test_large_states_keep_their_digits() -> None:
    class Adam(reference.Adam):
        def step(self, w: Any, grad: Any) -> Any:
            moved = super().step(w, grad)
            if np.size(w) > 1000:
                self.v = np.float32(self.v).astype(float)
            return moved

    assert judged(Adam, "Adam").verdict in ("inaccurate", "deviates")


def test_a_mistake_is_not_followed_to_the_large_case() -> None:
    judged(reference.relu, "relu")
    truth = keeping.kept("relu", "float64")
    (large,) = (case for case in cases("relu", "float64") if case.large)
    for variant in variants("relu"):
        known = truth.unfolding(variant, large, rough=False).known
        if variant.kind("float64") == "mistake":
            assert len(known) == 0, variant.name


# --- the whole domain -----------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(("low", "high"), [(10, 19), (3, 4), (22, 27), (45, 80), (1e-5, 1e-4)])
def test_no_gap_is_left_between_the_logits(low: float, high: float, dtype: str) -> None:
    def sigmoid(z: Any) -> Any:
        within = (np.abs(z) > low) & (np.abs(z) < high)
        return np.where(within, reference.sigmoid(z) * z.dtype.type(1.001), reference.sigmoid(z))

    assert judged(sigmoid, "sigmoid", dtype).verdict == "deviates"


ZEROS: tuple[tuple[str, str], ...] = (
    ("SGD", "lr"),
    ("SGDMomentum", "lr"),
    ("SGDMomentum", "momentum"),
    ("RMSprop", "beta"),
    ("AdamW", "lr"),
    ("AdamW", "beta1"),
    ("AdamW", "beta2"),
)


@pytest.mark.parametrize("formula", dict.fromkeys(formula for formula, _ in ZEROS))
def test_the_right_one_conforms(formula: str) -> None:
    assert judged(getattr(reference, formula), formula).verdict == "conforms"


@pytest.mark.parametrize(("formula", "parameter"), ZEROS)
@pytest.mark.sweep
def test_a_zero_is_a_value_like_any_other(formula: str, parameter: str) -> None:
    right: Any = getattr(reference, formula)
    usual = CONTRACT[formula].parameter(parameter).value(0)

    class TakesZeroForNothing(right):  # type: ignore[misc]  # a class that only a run knows
        def step(self, w: Any, grad: Any) -> Any:
            given = getattr(self, parameter)
            setattr(self, parameter, given or usual)
            moved = super().step(w, grad)
            setattr(self, parameter, given)
            return moved

    assert judged(TakesZeroForNothing, formula).verdict == "deviates"


def _refusing_zeros(right: Any) -> Any:
    class Refusing(right):  # type: ignore[misc]  # a class that only a run knows
        def step(self, w: Any, grad: Any) -> Any:
            if not self.lr > 0:
                raise ValueError("the rate must be above zero")
            return super().step(w, grad)

    return Refusing


def test_who_refuses_a_zero_is_not_asked() -> None:
    found = judged(_refusing_zeros(reference.SGD), "SGD")
    assert (found.verdict, found.not_asked) == ("conforms", ("zeros",))


SCHEDULES: tuple[tuple[str, Callable[..., float]], ...] = (
    ("step_decay", lambda t, rate, drop, every: rate * drop ** min(t // every, 15)),
    ("step_decay", lambda t, rate, drop, every: rate * drop ** math.floor(t * (1.0 / every))),
    ("exponential_decay", lambda t, rate, k: min(rate, 10.0) * math.exp(-k * t)),
    (
        "cosine_annealing",
        lambda t, rate, T: rate * (1 + math.cos(math.pi * t / min(T, 1000))) / 2,
    ),
)


@pytest.mark.parametrize(("formula", "wrong"), SCHEDULES)
@pytest.mark.thorough
def test_a_schedule_is_asked_far_out(formula: str, wrong: Callable[..., float]) -> None:
    assert judged(wrong, formula).verdict == "deviates"


# --- what right code may refuse -------------------------------------------------------------------


def test_a_scalar_loop_refuses_an_empty_array_and_conforms() -> None:
    def relu(z: Any) -> Any:
        return max(z, 0.0) if z.ndim == 0 else np.stack([relu(part) for part in z])

    found = judged(relu, "relu")
    assert (found.verdict, found.not_asked) == ("conforms", ("empty arrays",))


def test_nan_among_the_branches_of_a_scalar_sigmoid_is_no_fault() -> None:
    @np.vectorize(otypes=[float])
    def sigmoid(z: float) -> float:
        if z > 0:
            return 1 / (1 + math.exp(-z))
        if z <= 0:
            return math.exp(z) / (1 + math.exp(z))
        return 0.5

    found = judged(sigmoid, "sigmoid")
    assert (found.verdict, found.not_asked) == ("conforms", ("NaN",))


def test_a_wrong_answer_to_an_odd_question_still_deviates_and_a_plain_one_is_shown_first() -> None:
    def wrong_for_numbers(z: Any) -> Any:
        return reference.relu(z) if z.ndim else z + 1

    def wrong_everywhere(z: Any) -> Any:
        return z + 1

    assert judged(wrong_for_numbers, "relu").verdict == "deviates"
    shown = judged(wrong_everywhere, "relu").evidence
    assert shown is not None
    assert needs(shown.case) == ""


def test_what_raises_on_a_plain_question_is_an_error() -> None:
    def relu(z: Any) -> Any:
        if z.ndim == 1:
            raise TypeError("tables only")
        return reference.relu(z)

    assert judged(relu, "relu").verdict == "error"


def test_every_need_is_a_capability() -> None:
    asked = [case for formula in CONTRACT for case in cases(formula, "float64")]
    needed = {needs(case) for case in asked} - {""}
    assert needed <= {*CAPABILITIES}
    assert {*LAYOUTS, SHARED} - {"list"} <= {*CAPABILITIES}

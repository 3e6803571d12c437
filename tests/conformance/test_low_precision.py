"""One more dtype is one more row of the table: float16 and bfloat16, which no case was made for."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import gradmark
from gradmark import reference
from gradmark.conformance.accuracy.grid import grid
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.conduct.layouts import layouts
from gradmark.conformance.conduct.question import tried
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.conformance.judging.unseen import UNSEEN, unseen
from gradmark.conformance.judging.within import stays_within, within
from gradmark.conformance.live import live
from gradmark.conformance.mutants.files import HERE
from gradmark.conformance.properties import descent
from gradmark.conformance.properties.asked import NoQuestionError
from gradmark.handed import dtypes_of
from gradmark.harness import answers
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import USUAL, roundoff
from gradmark.harness.in_process import in_process
from gradmark.harness.resolve import UsageError
from gradmark.harness.worker import BadAnswerError, dtype_of, encode

NARROW = ("float16", "bfloat16")
EACH = pytest.mark.parametrize("dtype", NARROW)


def short(case: Case) -> bool:
    """Whether a case costs little: most of the time goes to a few long ones."""
    return not case.large and case.id != "long-run"


def judged(formula: str, body: Any, dtype: str = "float16") -> Judgement:
    its = Subject(in_process(body, formula, name="mine"), dtype)
    return judge(formula, dtype, its.answer, its, short, poses=its.poses)


@pytest.mark.parametrize(
    ("formula", "dtype"), [(formula, NARROW[i % 2]) for i, formula in enumerate(DETERMINED)]
)
@pytest.mark.sweep
def test_the_reference_conforms_in_low_precision(formula: str, dtype: str) -> None:
    assert judged(formula, getattr(reference, formula), dtype).verdict == "conforms"


@EACH
@pytest.mark.parametrize("formula", ["mse_loss", "softmax_cross_entropy", "sigmoid", "rosenbrock"])
@pytest.mark.sweep
def test_mistakes_are_called_wrong_in_low_precision_too(formula: str, dtype: str) -> None:
    wrong = [v for v in variants(formula) if v.kind(dtype) == "mistake"]
    assert wrong
    for variant in wrong[:3]:
        found = judged(formula, live(variant), dtype)
        told = found.detail.partition("Ambiguous between ")[2]  # what no input tells apart there
        assert found.verdict == "deviates" or variant.name in told


@EACH
@pytest.mark.parametrize("formula", ["gelu", "hard_sigmoid", "bce_with_logits", "NAdam"])
def test_what_no_question_tells_apart_is_declared(formula: str, dtype: str) -> None:
    assert unseen(formula, dtype) == UNSEEN[dtype].get(formula, ())


def test_who_conforms_is_told_which_mistakes_are_not_seen() -> None:
    told = "In bfloat16 no input tells it from slope-0.1668: judge it in float32, too."
    assert judged("hard_sigmoid", reference.hard_sigmoid, "bfloat16").detail.endswith(told)
    assert "no input" not in judged("relu", reference.relu, "bfloat16").detail


def test_a_mistake_with_state_in_float32_is_seen_through_the_bound_of_narrower_state() -> None:
    formula = "NAdam"
    assert "one-beta inside bfloat16" in UNSEEN["bfloat16"][formula]
    wrong = next(v for v in variants(formula, "bfloat16") if v.key == "one-beta inside float32")
    found = judged(formula, live(wrong), "bfloat16")
    assert (found.verdict, found.variant) == ("deviates", "one-beta")


# --- what an optimizer computes and keeps in low precision ----------------------------------------


class Adam:
    """Adam in pieces: where its moments are kept, ε is added, and the weights are rounded."""

    kept: Any = np.float32

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m: Any = np.float32(0)
        self.v: Any = np.float32(0)
        self.t = 0

    def moved(self, w: Any, grad: Any) -> Any:
        g = np.asarray(grad).astype(np.float32)
        self.t += 1
        self.m = self.keep(self.beta1 * self.m + (1 - self.beta1) * g)
        self.v = self.keep(self.beta2 * self.v + (1 - self.beta2) * g * g)
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(w).astype(np.float32) - self.lr * m / self.divisor(np.sqrt(v))

    def divisor(self, root: Any) -> Any:
        return root + np.float32(self.epsilon)

    def keep(self, average: Any) -> Any:
        return np.asarray(average).astype(self.kept).astype(np.float32)

    def step(self, w: Any, grad: Any) -> Any:
        return self.moved(w, grad).astype(w.dtype)


class OfHalves(Adam):
    kept = np.float16


class OfBfloat16(Adam):
    kept = ml_dtypes.bfloat16


class AddingEpsilonInHalves(Adam):
    def divisor(self, root: Any) -> Any:
        return root + np.float16(self.epsilon)  # 1e-8 is 0


class AllInHalves(OfHalves, AddingEpsilonInHalves):
    pass


class WithMasterWeights(Adam):
    master: Any = None

    def step(self, w: Any, grad: Any) -> Any:
        self.master = self.moved(w if self.master is None else self.master, grad)
        return self.master.astype(w.dtype)


class WithWhatRoundingTook(Adam):
    """Kahan's sum: what rounding takes from a weight is given to the next step."""

    lost: Any = np.float32(0)

    def step(self, w: Any, grad: Any) -> Any:
        whole = self.moved(w, grad) + self.lost
        self.lost = whole - whole.astype(w.dtype).astype(np.float32)
        return whole.astype(w.dtype)


class AtRandom(Adam):
    """Rounds a float32 to bfloat16 by chance: 16 random bits are added to those that go."""

    chances = np.random.default_rng(1)

    def step(self, w: Any, grad: Any) -> Any:
        exact = np.atleast_1d(self.moved(w, grad))
        bits = exact.view(np.uint32) + self.chance(exact.shape)
        whole = (bits & np.uint32(0xFFFF0000)).view(np.float32)
        return whole.reshape(np.shape(w)).astype(w.dtype)

    def chance(self, shape: tuple[int, ...]) -> Any:
        return self.chances.integers(0, 2**16, shape, dtype=np.uint32)


class AtRandomHalfTheTime(AtRandom):
    def chance(self, shape: tuple[int, ...]) -> Any:
        return self.chances.integers(0, 2, shape, dtype=np.uint32) * np.uint32(2**16 - 1)


LOW: dict[tuple[str, type], tuple[str, str | None]] = {
    ("bfloat16", Adam): ("conforms", None),
    ("float16", Adam): ("conforms", None),
    ("bfloat16", OfBfloat16): ("dialect", "state-in-bfloat16"),
    ("float16", OfHalves): ("dialect", "state-in-float16"),
    ("float16", AddingEpsilonInHalves): ("deviates", "epsilon-lost"),
    ("float16", AllInHalves): ("deviates", "epsilon-lost"),
    ("bfloat16", WithMasterWeights): ("dialect", "master-weights-in-float32"),
    ("bfloat16", WithWhatRoundingTook): ("dialect", "master-weights-in-float32"),
    ("bfloat16", AtRandom): ("dialect", "stochastic-rounding"),
    ("bfloat16", AtRandomHalfTheTime): ("deviates", "not-deterministic"),
}


@pytest.mark.parametrize(
    ("dtype", "body"), LOW, ids=lambda given: getattr(given, "__name__", given)
)
@pytest.mark.sweep
def test_what_low_precision_makes_of_an_adam_has_a_name(dtype: str, body: type) -> None:
    found = judged("Adam", body, dtype)
    assert (found.verdict, found.variant) == LOW[dtype, body], found.detail


def test_a_plain_adam_in_bfloat16_is_told_which_updates_it_loses() -> None:
    assert "(update-lost-below-ulp)" in judged("Adam", Adam, "bfloat16").detail
    assert "update-lost" not in judged("Adam", WithMasterWeights, "bfloat16").detail


def test_whose_epsilon_is_lost_is_told_what_that_does_and_what_to_do() -> None:
    told = judged("Adam", AllInHalves).detail
    assert "the usual 1e-8 is 0 there, and without a gradient 0/0 is NaN" in told
    assert "In wider dtypes the same code may be right. Add ε in float32" in told
    assert "In case zero-gradients, step 1: expected 1, got nan" in told


def test_a_convention_in_low_precision_keeps_its_name() -> None:
    hat = live(form("Adam", "epsilon-hat"))  # NumPy computes in float16 throughout
    assert judged("Adam", hat).variant == "epsilon-hat+epsilon-lost"
    assert form("Adam", "epsilon-hat+state-in-bfloat16").kind("bfloat16") == "dialect"


def test_squares_that_vanish_in_float16_are_named_in_every_formula_that_has_them() -> None:
    nadam = runpy.run_path(str(HERE / "correct" / "steps.py"))["NAdam"]  # its state is float16
    found = judged("NAdam", nadam)
    assert (found.verdict, found.variant) == ("deviates", "squares-lost")


def test_what_rounding_does_to_other_numbers_is_no_matter_of_memory() -> None:
    nadam = runpy.run_path(str(HERE / "correct" / "steps.py"))["NAdam"]
    its = Subject(in_process(nadam, "NAdam", name="mine"), "bfloat16")
    canonical, asked = variants("NAdam", "bfloat16")[0], [*layouts("NAdam", "bfloat16")]
    assert "one array for w and grad" in [question.says for question in asked]
    assert not any(tried(question, canonical, its.answer) for question in asked)


def test_a_descent_too_slow_for_few_digits_is_not_asked() -> None:
    sgd: Any = Subject(in_process(reference.SGD, "SGD", name="mine"), "bfloat16").formula("SGD")
    with pytest.raises(NoQuestionError):
        descent.below_two_over_the_curvature_descent_converges_in_the_steps_that_its_ratio_says(
            SGD=sgd, curvature=1.0, ratio=0.875, w=1.0
        )


@EACH
@pytest.mark.parametrize("formula", ["clip_by_value", "clip_by_norm"])
def test_no_bound_is_searched_at_that_the_dtype_has_no_number_for(formula: str, dtype: str) -> None:
    searched = filter(stays_within, grid(formula, dtype, np.random.default_rng(1)))
    bounds = np.array([case.arguments[1] for case in searched]).astype(dtype)
    assert len(bounds) > 8
    assert ((bounds > 0) & (bounds < np.inf)).all()


def test_forms_of_low_precision_are_none_of_the_usual_dtypes() -> None:
    assert variants("Adam") == variants("Adam", "float32")
    known = {one.name for one in variants("Adam")}
    added = {one.name for one in variants("Adam", "bfloat16")} - known
    assert {name.rpartition("+")[2] for name in added} == {"state-in-bfloat16"}
    halves = {one.name for one in variants("Adam", "float16")}
    assert {"state-in-float16", "epsilon-lost", "squares-lost"} <= halves
    assert not any("squares-lost" in one.name for one in variants("SGDMomentum", "float16"))


def test_a_guard_is_a_mistake_where_it_is_rounded_away() -> None:
    clipped = form("binary_cross_entropy", "clipped-at-1e-7")
    assert [clipped.kind(dtype) for dtype in (*USUAL, "float16")] == ["dialect"] * 2 + ["mistake"]


@pytest.mark.thorough
def test_what_overflows_on_the_way_is_not_asked() -> None:
    square = Case("mse_loss", "far", (np.array([300.0]), np.array([-300.0])))
    assert stays_within(square)
    assert not stays_within(square.rounded_to("float16"))  # 600² is beyond 65504
    assert not stays_within(Case("relu", "far", (np.array([1e6]),)).rounded_to("float16"))
    valley = Case("rosenbrock_grad", "far", (np.array([139.4, 19420.0]),)).rounded_to("float16")
    assert not stays_within(valley)  # in float16 y − x² is 0, and in truth the slope is 77804
    for formula in DETERMINED:  # in whatever order
        asked, every = within(formula, "float32"), cases(formula, "float32")
        assert sorted(case.id for case in asked) == sorted(case.id for case in every)
    assert all(len(within(f, "float16")) > len(cases(f, "float16")) / 2 for f in DETERMINED)


def test_no_property_s_tolerance_allows_anything() -> None:
    assert all(row.within("float16") * roundoff("float16") <= 1 / 16 for row in PROPERTY.values())
    assert all(row.within("bfloat16") * roundoff("bfloat16") <= 1 / 2 for row in PROPERTY.values())
    assert all(row.within("float32") == row.factor for row in PROPERTY.values())


def test_a_schedule_is_held_to_float32_where_arrays_would_be_float16() -> None:
    assert CONTRACT["step_decay"].computed_in("float16") == "float32"
    off = judged("step_decay", lambda *given: reference.step_decay(*given) * (1 + 1e-4))
    assert off.verdict == "deviates"


@EACH
@pytest.mark.thorough
def test_what_is_checked_in_low_precision_needs_no_more_than_its_name(dtype: str) -> None:
    found = gradmark.check(lambda z: z * (z > 0), "relu", dtype=dtype, quick=True)
    assert [(v.dtype, v.verdict) for v in found] == [(dtype, "conforms")]
    slope = gradmark.check(reference.rms_norm_grad, "rms_norm_grad", dtype=dtype, quick=True)
    assert [v.verdict for v in slope] == ["conforms"]  # by every property, in every layout
    kept = gradmark.check(WithMasterWeights, "Adam", dtype=dtype, quick=True)
    assert [v.variant for v in kept] == ["master-weights-in-float32"]
    assert gradmark.check(lambda z: abs(z), "relu", dtype=dtype, quick=True).failed


def test_bfloat16_is_asked_for_by_its_type_too() -> None:
    assert dtypes_of([np.float16, ml_dtypes.bfloat16]) == NARROW


def test_who_asks_for_bfloat16_is_told_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match=r"pip install 'gradmark\[bfloat16\]'"):
        dtypes_of("bfloat16")
    with pytest.raises(UsageError, match=r"--dtype: bfloat16 needs ml_dtypes"):
        Plan(["reference"], Path(), dtypes=("bfloat16",))
    with pytest.raises(BadAnswerError, match="its environment lacks the package ml_dtypes"):
        dtype_of("bfloat16")


def test_an_answer_in_bfloat16_is_read_where_nobody_knows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = encode(np.array([1.5, -0.0, np.inf], ml_dtypes.bfloat16))
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    got = answers.array(sent)
    assert (got.dtype, got.tobytes()) == (
        np.dtype(np.float32),
        np.array([1.5, -0.0, np.inf], np.float32).tobytes(),
    )


def _bce_in_float64(y: Any, p: Any) -> Any:
    y, p = np.asarray(y, float), np.asarray(p, float)
    return -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))


def _cce_in_float64(y: Any, p: Any) -> Any:
    y, p = np.atleast_2d(np.asarray(y, float)), np.atleast_2d(np.asarray(p, float))
    return -np.sum(y * np.log(p + 1e-10)) / len(p)


def _log_softmax_in_float64(z: Any) -> Any:
    shares = np.exp(np.asarray(z, float) - np.max(np.asarray(z, float), axis=-1, keepdims=True))
    return np.log(shares / shares.sum(axis=-1, keepdims=True) + 1e-12)


@pytest.mark.parametrize(
    ("formula", "body", "dtype"),
    [
        ("binary_cross_entropy", _bce_in_float64, "float16"),
        ("categorical_cross_entropy", _cce_in_float64, "bfloat16"),
        ("log_softmax", _log_softmax_in_float64, "float16"),
        ("log_softmax", _log_softmax_in_float64, "bfloat16"),
    ],
)
def test_an_epsilon_that_is_added_in_float64_guards_narrow_numbers(
    formula: str, body: Any, dtype: str
) -> None:
    assert judged(formula, body, dtype).verdict == "dialect"

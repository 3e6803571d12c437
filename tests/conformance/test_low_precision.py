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
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.conformance.judging.within import stays_within, within
from gradmark.conformance.live import live
from gradmark.conformance.mutants.files import HERE
from gradmark.handed import dtypes_of
from gradmark.harness import answers
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import USUAL, roundoff
from gradmark.harness.in_process import in_process
from gradmark.harness.resolve import UsageError
from gradmark.harness.worker import BadAnswerError, dtype_of, encode

NARROW = ("float16", "bfloat16")
EACH = pytest.mark.parametrize("dtype", NARROW)


def judged(formula: str, body: Any, dtype: str = "float16") -> Judgement:
    return Subject(in_process(body, formula, name="mine"), dtype).judgement(formula)


def short(case: Case) -> bool:
    """Whether a case costs little: most of the time goes to a few long ones."""
    return not case.large and case.id != "long-run"


@pytest.mark.parametrize(
    ("formula", "dtype"), [(formula, NARROW[i % 2]) for i, formula in enumerate(DETERMINED)]
)
def test_the_reference_conforms_in_low_precision(formula: str, dtype: str) -> None:
    subject = Subject(in_process(getattr(reference, formula), formula, name="mine"), dtype)
    assert judge(formula, dtype, subject.answer, subject, short).verdict == "conforms"


@EACH
@pytest.mark.parametrize("formula", ["mse_loss", "softmax_cross_entropy", "sigmoid", "rosenbrock"])
def test_mistakes_are_called_wrong_in_low_precision_too(formula: str, dtype: str) -> None:
    wrong = [v for v in variants(formula) if v.kind(dtype) == "mistake"]
    assert wrong
    for variant in wrong[:3]:
        found = judged(formula, live(variant), dtype)
        told = found.detail.partition("Ambiguous between ")[2]  # what no input tells apart there
        assert found.verdict == "deviates" or variant.name in told


def test_an_adam_that_rounds_its_epsilon_away_is_told_so() -> None:
    found = judged("Adam", live(form("Adam")))  # in float16 throughout
    assert (found.verdict, found.variant) == ("deviates", "epsilon-lost")
    assert judged("Adam", live(form("Adam", "epsilon-hat"))).variant == "epsilon-hat+epsilon-lost"


def test_squares_that_vanish_in_float16_have_no_other_mistake_s_name() -> None:
    nadam = runpy.run_path(str(HERE / "correct" / "steps.py"))["NAdam"]  # its state is float16
    found = judged("NAdam", nadam)
    assert (found.verdict, found.variant) == ("deviates", None)


def test_a_form_whose_epsilon_is_lost_is_none_of_float64_s() -> None:
    assert not any("epsilon-lost" in v.name for v in variants("Adam"))
    assert not any("epsilon-lost" in v.name for v in variants("Adam", "float32"))
    assert len(variants("Adam", "float16")) == 2 * len(variants("Adam"))


def test_a_guard_is_a_mistake_where_it_is_rounded_away() -> None:
    clipped = form("binary_cross_entropy", "clipped-at-1e-7")
    assert [clipped.kind(dtype) for dtype in (*USUAL, "float16")] == ["dialect"] * 2 + ["mistake"]


def test_what_overflows_on_the_way_is_not_asked() -> None:
    square = Case("mse_loss", "far", (np.array([300.0]), np.array([-300.0])))
    assert stays_within(square)
    assert not stays_within(square.rounded_to("float16"))  # 600² is beyond 65504
    assert not stays_within(Case("relu", "far", (np.array([1e6]),)).rounded_to("float16"))
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
def test_what_is_checked_in_low_precision_needs_no_more_than_its_name(dtype: str) -> None:
    found = gradmark.check(lambda z: np.maximum(z, 0), "relu", dtype=dtype, quick=True)
    assert [(v.dtype, v.verdict) for v in found] == [(dtype, "conforms")]
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

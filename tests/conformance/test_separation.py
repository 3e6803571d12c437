"""The separation matrix tells what the corpus can and cannot tell apart."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.engine.header import header
from gradmark.conformance.judging import separation as separating
from gradmark.conformance.judging.separation import measure, separation
from gradmark.conformance.judging.tolerances import REFUTED
from gradmark.conformance.judging.unfold import Unfolding, unfold
from gradmark.harness.results import read_results


def test_forms_that_differ_everywhere_are_as_far_apart_as_is_counted() -> None:
    found = separation("mse_loss", "float64")
    off_diagonal = {d for i, row in enumerate(found.excess) for j, d in enumerate(row) if i != j}
    assert off_diagonal == {REFUTED}
    assert {row[i] for i, row in enumerate(found.excess)} == {0.0}
    assert found.inseparable == ()


def test_a_clip_where_float32_overflows_anyway_cannot_be_seen_in_it() -> None:
    # e^500 exceeds float32 by far, and e^-500 is below its smallest number.
    assert ("canonical", "clipped-at-500") in separation("sigmoid", "float32").inseparable
    assert separation("sigmoid", "float64").inseparable == ()


def test_without_a_question_that_tells_them_apart_two_forms_are_declared_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def constant_rate(formula: str, dtype: str) -> tuple[Case, ...]:
        return tuple(case for case in cases(formula, dtype) if case.id == "two-steps")

    monkeypatch.setattr(separating, "within", constant_rate)
    # lr·(γv + g) and γv + lr·g are one and the same until the learning rate changes.
    pair = ("canonical", "lr-outside-velocity")
    assert pair in separation("SGDMomentum", "float64").inseparable


def test_forms_that_go_alike_until_late_in_a_run_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def changing_rate(formula: str, dtype: str) -> tuple[Case, ...]:
        return tuple(case for case in cases(formula, dtype) if case.id == "rate-changes")

    def anew(form: Variant, case: Case) -> Unfolding:
        return Unfolding(partial(unfold, form, case))  # step by step: nothing is kept of it

    monkeypatch.setattr(separating, "within", changing_rate)
    monkeypatch.setattr(separating, "truth", anew)
    pair = ("canonical", "lr-outside-velocity")
    assert pair not in separation("SGDMomentum", "float32").inseparable


def test_the_program_writes_a_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separating, "CONTRACT", ["relu"])
    path = tmp_path / "separation.jsonl"
    said: list[str] = []
    measure(path, header(0, quick=False), said.append)
    assert len(said) == 2
    results = read_results(path)
    assert results.complete
    assert [r["dtype"] for r in results.of_kind("separation")] == ["float64", "float32"]

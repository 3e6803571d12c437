"""The judges' judge: it refuses a blind one, reports a survivor, and knows what it is told."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.edits.slips import Mutant, mutants
from gradmark.conformance.engine import subject
from gradmark.conformance.judging.judge import Judgement
from gradmark.conformance.judging.readings import READINGS
from gradmark.conformance.live import live
from gradmark.conformance.mutants import files, score, stages
from gradmark.conformance.mutants.equivalent import EQUIVALENT
from gradmark.conformance.mutants.reach import path_of, untouched
from gradmark.conformance.mutants.trial import Found
from gradmark.conformance.truth import Number, elementwise, exact, exp, maximum, mean, pi, sqrt
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import USUAL

SHORT = "step_decay"  # a formula with few forms


class Here(Executor):
    """Does in this process what lanes do in others."""

    def map(self, fn: Callable[..., Any], *iterables: Any, **_: Any) -> Iterator[Any]:
        return map(fn, *iterables)


def blind(formula: str, dtype: str, *_: Any, **__: Any) -> Judgement:
    return Judgement(formula, dtype, "conforms")


# --- a judge that sees, and one that does not -----------------------------------------------------


@pytest.mark.thorough
def test_a_judge_that_sees_gives_no_cause_for_complaint(tmp_path: Path) -> None:
    records = list(stages.of_catalogue(Here(), tmp_path, (SHORT,), USUAL[:1]))
    assert score.complaints(records, (SHORT,)) == []
    assert [record["outcome"] for record in records].count("named") == len(variants(SHORT)) - 1


@pytest.mark.thorough
def test_a_judge_that_accepts_everything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "judge", blind)
    records = list(stages.of_catalogue(Here(), tmp_path, (SHORT,), USUAL[:1]))
    told = score.complaints(records, (SHORT,))
    assert len(told) == len(variants(SHORT))
    assert told[0].startswith(f"survived: {SHORT}: drops-one-epoch-early")
    assert told[-1] == f"blind: the judge of {SHORT} caught nothing"


def test_conventions_with_a_mistake_inside_have_both_names(tmp_path: Path) -> None:
    records = list(stages.of_composed(Here(), tmp_path, (SHORT,), 0, quick=True))
    assert [record["outcome"] for record in records] == ["named"]
    assert score.complaints(records, (SHORT,)) == []


def test_a_judge_that_does_not_name_what_is_inside_a_convention_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless(formula: str, dtype: str, *_: Any, **__: Any) -> Judgement:
        return Judgement(formula, dtype, "deviates")

    monkeypatch.setattr(subject, "judge", nameless)
    records = list(stages.of_composed(Here(), tmp_path, (SHORT,), 0, quick=True))
    (told,) = score.complaints(records, (SHORT,))
    assert told.startswith("misnamed: 0 of 1 composed forms have their names")


def test_a_judge_that_takes_a_mistake_for_the_convention_it_is_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "judge", blind)
    records = list(stages.of_composed(Here(), tmp_path, (SHORT,), 0, quick=True))
    assert [record["outcome"] for record in records] == ["survived"]


@pytest.mark.parametrize(
    ("called", "says", "outcome"),
    [
        ("clip-bound-rounded + base-two", READINGS[0].says, "equivalent"),
        ("clip-bound-rounded + base-two", "", "survived"),
        ("clipped-at-1e-7 + base-two", READINGS[0].says, "survived"),
    ],
)
def test_a_mistake_that_was_read_as_a_convention_is_scored_by_what_was_asked(
    called: str, says: str, outcome: str
) -> None:
    name = "binary_cross_entropy"
    (made,) = (
        one
        for one in stages.mistaken(name)
        if one.name == "base-two + every-label-but-1-taken-for-0"
    )
    found = Found(name, "float64", "dialect", called, says)
    assert score.of_composed(made, found)["outcome"] == outcome


@pytest.mark.thorough
def test_a_survivor_without_a_reason_is_reported_and_one_with_a_reason_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An edit that changes nothing: no judge and no property can object to it.
    source = path_of("activations/relu").read_text(encoding="utf-8")
    nothing = Mutant("activations/relu", "relu", "0 → 0", source)
    monkeypatch.setattr(files, "generated", lambda: iter([(nothing, ["relu"])]))
    monkeypatch.setattr(stages, "SAMPLE", 1)
    monkeypatch.setattr(
        stages,
        "compared",
        lambda trial, **_: [Found(f, d, "conforms", None, "") for f, d in trial.questions],
    )
    (survivor,) = stages.generated(Here(), tmp_path, 0, quick=True)
    assert survivor["outcome"] == "survived"
    assert score.complaints([survivor], ()) == [
        f"survived: {nothing.name} (relu, float32): Conforms, and has every property."
    ]
    monkeypatch.setattr(stages, "EQUIVALENT", {nothing.name: "It is the same text."})
    (excused,) = stages.generated(Here(), tmp_path, 0, quick=True)
    assert (excused["outcome"], excused["detail"]) == ("equivalent", "It is the same text.")


# --- outcomes -------------------------------------------------------------------------------------


def form(kind: str, formula: str = "mse_loss") -> Variant:
    return next(v for v in variants(formula) if v.kind("float64") == kind)


def none_alike(formula: str, dtype: str) -> frozenset[frozenset[str]]:
    del formula, dtype
    return frozenset()


@pytest.mark.parametrize(
    ("kind", "verdict", "named", "outcome"),
    [
        ("canonical", "conforms", False, "conforms"),
        ("canonical", "inaccurate", False, "false alarm"),
        ("dialect", "dialect", True, "named"),
        ("dialect", "inaccurate", True, "named"),
        ("dialect", "deviates", False, "survived"),
        ("dialect", "conforms", False, "survived"),
        ("mistake", "deviates", True, "named"),
        ("mistake", "deviates", False, "survived"),
        ("mistake", "dialect", False, "survived"),
        ("mistake", "conforms", False, "survived"),
        ("mistake", "error", False, "survived"),
    ],
)
def test_a_form_is_scored_by_what_it_deserves(
    kind: str, verdict: str, named: bool, outcome: str
) -> None:
    variant = form(kind)
    found = Found("mse_loss", "float64", verdict, variant.name if named else None, "It raised.")
    assert score.of_form(variant, found, none_alike)["outcome"] == outcome


def test_a_form_may_hide_behind_one_that_is_inseparable_but_not_in_float64() -> None:
    variant = form("dialect")

    def alike(formula: str, dtype: str) -> frozenset[frozenset[str]]:
        del formula, dtype
        return frozenset([frozenset([variant.name, "canonical"])])

    def outcome(dtype: str) -> str:
        found = Found("mse_loss", dtype, "conforms", None, "")
        told: str = score.of_form(variant, found, alike)["outcome"]
        return told

    assert (outcome("float32"), outcome("float64")) == ("equivalent", "survived")


def test_a_mistake_called_by_its_twin_is_caught_where_no_input_tells_them_apart() -> None:
    variant = form("mistake")

    def alike(formula: str, dtype: str) -> frozenset[frozenset[str]]:
        del formula, dtype
        return frozenset([frozenset([variant.name, "its-twin"])])

    def outcome(dtype: str, called: str) -> str:
        found = Found("mse_loss", dtype, "deviates", called, "")
        told: str = score.of_form(variant, found, alike)["outcome"]
        return told

    assert outcome("float32", "its-twin") == "caught"
    assert outcome("float64", "its-twin") == "survived"
    assert outcome("float32", "another") == "survived"


def test_a_reason_for_what_did_not_survive_is_stale() -> None:
    found = Found("relu", "float64", "deviates", None, "")
    record = score.of_generated("one", found, {"one": "Because."})
    assert record["outcome"] == "caught"
    assert score.stale([record], {"one": "Because."}) == ["no such survivor: one"]


# --- edits ----------------------------------------------------------------------------------------


def of(source: str) -> list[Mutant]:
    return list(mutants("m", source, {"f", "module"}, set(range(1, 99))))


def edits(source: str) -> list[str]:
    return [mutant.edit for mutant in of(source)]


def test_an_edit_is_one_small_change() -> None:
    assert edits("def f(x):\n    return np.exp(x[0])") == [
        "np.exp(x[0]) → np.expm1(x[0])",
        "np.exp(x[0]) → x[0]",
        "0 → 1",
        "0 → -1",
    ]


def test_each_edit_is_made_alone() -> None:
    right = "E = 1\n\ndef f(x):\n    y = x + 2\n    return y - 3\n"
    for mutant in of(right):
        changed = zip(right.splitlines(), mutant.source.splitlines(), strict=True)
        assert sum(before != after for before, after in changed) == 1, mutant.name


def test_texts_defaults_and_checks_are_left_alone() -> None:
    source = (
        "from gradmark.reference._checks import positive\n"
        "def f(x=1.0):\n"
        "    'Says 1 + 1.'\n"
        "    positive('x', x)\n"
        "    if x < 0:\n"
        "        raise ValueError('x')\n"
        "    return x"
    )
    assert edits(source) == []


@pytest.mark.thorough
def test_there_are_hundreds_of_edits_each_with_a_name_of_its_own() -> None:
    names = [mutant.name for mutant, _ in files.generated()]
    assert len(set(names)) == len(names) >= 300
    assert set(EQUIVALENT) <= set(names)


# --- what was written by hand ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["planted", "correct"])
def test_every_file_states_a_verdict_for_each_formula_that_it_has(kind: str) -> None:
    for file in files.by_hand(kind):
        defined = {
            node.name
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        stated = {formula for formula, _ in files.expected(file)}
        assert defined & set(CONTRACT) <= stated
        if kind == "planted":
            assert stated <= defined
        else:
            assert stated == set(CONTRACT)


# --- forms alive ----------------------------------------------------------------------------------


def _alive(variant: Variant, case: Case) -> tuple[Any, ...]:
    if CONTRACT[variant.formula].kind != "optimizer":
        answer = live(variant)(*case.arguments)
        return answer if isinstance(answer, tuple) else (answer,)
    w, gradients, rates = case.arguments
    optimizer = live(variant)(lr=rates[0], **case.hyper)
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient)
    return (w,)


@pytest.mark.parametrize("dtype", USUAL)
@pytest.mark.parametrize("formula", DETERMINED)
def test_every_form_runs_on_floats_of_its_dtype(formula: str, dtype: str) -> None:
    computed = "float64" if CONTRACT[formula].kind == "schedule" else dtype
    for variant in variants(formula):
        parts = _alive(variant, cases(formula, dtype)[1])
        assert {np.asarray(part).dtype.name for part in parts} == {computed}, variant.name


@pytest.mark.parametrize("dtype", USUAL)
def test_functions_of_truth_are_numpy_s_on_floats(dtype: str) -> None:
    x = np.array([[0.25, 1.0], [2.0, 3.0]], dtype)
    pairs: list[tuple[Any, Any]] = [
        (exp(x), np.exp(x)),
        (sqrt(x[0, 0]), np.sqrt(x[0, 0])),
        (maximum(x, Number(1)), np.maximum(x, 1)),
        (x * Number(3) - pi(), x * 3 - np.pi),
        (Number(1) / (1 + x), 1 / (1 + x)),
        (elementwise(lambda v: v * v if v > 1 else Number(0))(x), x * x * (x > 1)),
        (mean(x), np.mean(x)),
    ]
    for got, expected in pairs:
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=4 * float(np.finfo(dtype).eps))


def test_functions_of_truth_are_exact_on_exact_numbers_and_stay_python_s_on_python_s() -> None:
    exactly = [exp(Number(1)), maximum(exact([0.5]), Number(1))[0], Number(2) * exact(0.5)]
    assert all(isinstance(number, Number) for number in exactly)
    assert type(sqrt(2.0)) is float


def test_a_module_that_no_formula_reaches_is_found() -> None:
    # As if the contract had no row for AdamW, and its body lay there all the same.
    reached = ["activations/sigmoid", "optimizers/adam", "optimizers/sgd", "losses/any"]
    assert "optimizers/adamw" in untouched(reached)
    assert not any(module.startswith("landscapes/") for module in untouched(reached))

"""Somebody judges code from Python: in a script, in a notebook, in a test of their own."""

import os
import re
import subprocess
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import gradmark
from gradmark import reference
from gradmark.harness.resolve import SITE

Array = np.ndarray[Any, Any]


class Adam:
    """As in TensorFlow and Keras: ε is added before the bias correction."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m: Any = 0.0
        self.v: Any = 0.0
        self.t = 0

    def step(self, w: Array, grad: Array) -> Array:
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        rate = self.lr * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        new: Array = w - rate * self.m / (np.sqrt(self.v) + self.epsilon)
        return new


class LateAdam(Adam):
    """As the article has it, but for a bias correction that is one step ahead."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        super().__init__(lr, beta1, beta2, epsilon)
        self.t = 1

    def step(self, w: Array, grad: Array) -> Array:
        super().step(w, grad)
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        new: Array = w - self.lr * m / (np.sqrt(v) + self.epsilon)
        return new


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def leaky(z: Array) -> Array:
    return np.maximum(z, 0.01 * z)


# --- importing ------------------------------------------------------------------------------------


def modules_after(line: str) -> set[str]:
    listing = f"import sys; {line}; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", listing],
        env={**os.environ, "PYTHONPATH": str(SITE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


HEAVY = {"numpy", "hypothesis", "mpmath", "pytest", "pandas", "rich", "matplotlib", "execnet"}


def test_importing_gradmark_imports_nothing_heavy() -> None:
    assert not modules_after("import gradmark; dir(gradmark); gradmark.__version__") & HEAVY


def test_every_public_name_is_listed_and_is_there_when_asked_for() -> None:
    assert set(gradmark.__all__) <= set(dir(gradmark))
    for name in gradmark.__all__:
        assert getattr(gradmark, name) is not None
    with pytest.raises(AttributeError, match="'gradmark' has no attribute 'chek'"):
        gradmark.chek  # noqa: B018 - asking is what is tested


# --- what may be handed over ----------------------------------------------------------------------


def test_a_class_named_like_a_formula_is_judged_as_that_formula_in_both_usual_dtypes() -> None:
    found = gradmark.check(Adam, quick=True)
    assert [(v.formula, v.dtype) for v in found] == [("Adam", "float64"), ("Adam", "float32")]
    assert {(v.verdict, v.variant) for v in found} == {("dialect", "epsilon-hat")}
    assert not found.failed


def test_a_synonym_of_the_contract_names_a_formula_too() -> None:
    class GradientDescent:
        def __init__(self, lr: float) -> None:
            self.lr = lr

        def step(self, w: Array, grad: Array) -> Array:
            return w - self.lr * grad

    (verdict,) = gradmark.check(GradientDescent, dtype="float64", quick=True)
    assert (verdict.implementation, verdict.formula) == ("GradientDescent", "SGD")
    assert verdict.verdict == "conforms"


def test_a_module_is_judged_for_all_the_formulas_that_it_has() -> None:
    module = types.ModuleType("my_functions")
    module.relu = relu  # type: ignore[attr-defined]  # that is how a module is filled
    module.sigmoid = reference.sigmoid  # type: ignore[attr-defined]  # the same
    module.helper = leaky  # type: ignore[attr-defined]  # the same
    found = gradmark.check(module, dtype="float64", quick=True)
    assert [(v.implementation, v.formula) for v in found] == [
        ("my_functions", "sigmoid"),
        ("my_functions", "relu"),
    ]
    assert gradmark.check(module, "relu", dtype="float64", quick=True) == found.of("relu")


def test_an_object_and_a_mapping_are_judged_for_what_they_hold() -> None:
    held = types.SimpleNamespace(relu=relu)
    assert gradmark.check(held, dtype="float64", name="mine")[0].implementation == "mine"
    (verdict,) = gradmark.check({"relu": leaky}, dtype="float64")
    assert verdict.variant == "leaky"
    assert verdict.reproduce is not None
    assert "f = leaky" in verdict.reproduce


def test_a_path_is_judged_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("import os\nprint('imported')\ndef relu(z):\n    os._exit(3)\n")
    (verdict,) = gradmark.check(path, "relu", dtype="float64")
    assert (verdict.implementation, verdict.verdict) == ("mine", "crash")


def test_a_file_that_does_not_import_gets_its_verdicts_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("import no_such_package_anywhere\n")
    (verdict,) = gradmark.check(str(path), "relu", dtype="float64")
    assert verdict.verdict == "error"
    assert "no_such_package_anywhere" in verdict.detail


def test_numpys_own_dtypes_are_understood() -> None:
    (verdict,) = gradmark.check(relu, dtype=np.float32)
    assert verdict.dtype == "float32"


@pytest.mark.parametrize(
    ("thing", "options", "told"),
    [
        (
            leaky,
            {},
            "formula: expected the formula that leaky is to be, perhaps formula='leaky_relu'",
        ),
        (lambda my_adam: my_adam, {"formula": "adam"}, "did you mean 'Adam'"),
        ({"Adm": Adam}, {}, "got 'Adm'; did you mean 'Adam'"),
        (types.ModuleType("empty"), {}, "empty defines none of the names that gradmark judges"),
        ({"relu": relu}, {"formula": "sigmoid"}, "that contender provides (relu), got sigmoid"),
        ("refrence", {}, "did you mean reference?"),
        ("no_such_file.py", {}, "there is no file"),
        (
            relu,
            {"dtype": "float8"},
            "expected float64 or float32 or float16 or bfloat16, got 'float8'",
        ),
        (relu, {"seed": -1}, "seed: expected a whole number from 0 on, got -1"),
        (relu, {"examples": 0}, "examples: expected a whole number from 1 on, got 0"),
        (Adam, {"dialects": "epsilon-hat"}, "dialects: expected several names"),
        (Adam, {"dialects": ["epsilon_hat"]}, "did you mean epsilon-hat"),
        (Adam, {"dialects": ["counter-starts-at-two"]}, "there is no 'counter-starts-at-two'"),
    ],
)
def test_a_question_that_means_nothing_is_told_what_was_expected(
    thing: Any, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        gradmark.check(thing, **options)


# --- how verdicts look ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> gradmark.Verdicts:
    return gradmark.check({"relu": leaky, "sigmoid": reference.sigmoid}, quick=True)


def test_in_a_terminal_verdicts_read_as_on_the_command_line(found: gradmark.Verdicts) -> None:
    told = repr(found).splitlines()
    assert told[:3] == [
        "contender",
        "float64: ✓ 1 conforms   ✗ 1 deviates",
        "float32: ✓ 1 conforms   ✗ 1 deviates",
    ]
    assert told[3] == "  ✗ relu: deviates (leaky), float64, float32"
    assert str(found.of("relu")[0]).startswith("✗ relu: deviates (leaky), float64\n    ")
    assert str(found.of("sigmoid")[0]).startswith("✓ sigmoid: conforms, float64")


def test_rich_shows_a_table_of_them(found: gradmark.Verdicts) -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(found)
    assert "✗ deviates" in shown.get()


def test_a_notebook_shows_a_table_in_which_nothing_is_markup() -> None:
    def attack(_: Array) -> Array:
        raise ValueError("<script>alert(1)</script>")

    shown = gradmark.check(attack, "relu", dtype="float64", name="<b>me</b>")._repr_html_()
    assert shown.startswith("<table><caption>&lt;b&gt;me&lt;/b&gt;</caption>")
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_verdicts_are_a_sequence_and_a_frame(found: gradmark.Verdicts) -> None:
    assert len(found) == 4
    assert found[0] == next(iter(found))
    assert list(found[1:3]) == list(found)[1:3]
    assert [v.formula for v in found.failed] == ["relu", "relu"]
    assert all(record["formula"] == "relu" for record in found.of("relu").records)
    frame = found.frame()
    assert list(frame["verdict"]) == [verdict.verdict for verdict in found]
    assert frame.query("formula == 'relu' and dtype == 'float64'")["variant"].item() == "leaky"
    with pytest.raises(ValueError, match="formula: expected one of sigmoid, relu, got 'Adam'"):
        found.of("Adam")


def test_without_pandas_a_frame_says_what_to_install(
    found: gradmark.Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'gradmark\[frames\]'"):
        found.frame()


# --- an assertion ---------------------------------------------------------------------------------


def test_what_conforms_or_follows_a_welcome_dialect_passes_an_assertion() -> None:
    gradmark.assert_conforms(relu)
    gradmark.assert_conforms(Adam, "Adam", dialects=("epsilon-hat",), quick=True)


def test_a_dialect_that_nobody_welcomed_fails_an_assertion() -> None:
    with pytest.raises(AssertionError, match=r"~ Adam: dialect \(epsilon-hat\)"):
        gradmark.assert_conforms(Adam, dialects=("amsgrad",), dtype="float64", quick=True)


def test_a_failed_assertion_is_the_verdict_with_its_evidence_and_a_line_to_paste() -> None:
    with pytest.raises(AssertionError) as error:
        gradmark.assert_conforms(LateAdam, "Adam", dtype="float64", quick=True)
    head, verdict, detail, line = str(error.value).splitlines()
    assert head == "LateAdam does not conform"
    assert verdict.startswith("✗ Adam: deviates (counter-starts-at-two), float64")
    assert "expected" in detail
    assert "got" in detail
    assert "LateAdam" in line


def test_the_line_to_paste_shows_the_wrong_answer_again() -> None:
    (verdict,) = gradmark.check({"relu": leaky}, dtype="float64")
    assert verdict.reproduce is not None
    told: list[str] = []
    exec(verdict.reproduce, {"leaky": leaky, "print": lambda x: told.append(str(x))})
    expected, got = verdict.detail.rsplit("expected ", 1)[1].split(", got ")
    assert got.strip("[]") in told[0]
    assert float(expected) == 0


# --- what must stay as it was ---------------------------------------------------------------------


def surroundings() -> tuple[Any, ...]:
    return (
        list(warnings.filters),
        np.geterr(),
        np.get_printoptions(),
        settings.default,
        settings.get_current_profile_name(),
        repr(np.random.get_state()),  # noqa: NPY002 - the old generator is the global one
    )


def test_warnings_errors_profiles_and_random_numbers_stay_as_they_were() -> None:
    settings.register_profile("mine", max_examples=3, deadline=None, derandomize=True)
    before = settings.get_current_profile_name()
    settings.load_profile("mine")
    try:
        with warnings.catch_warnings(), np.errstate(all="raise"), np.printoptions(precision=2):
            warnings.simplefilter("error")
            was = surroundings()
            found = gradmark.check({"relu": leaky, "sigmoid": reference.sigmoid}, dtype="float64")
            assert surroundings() == was
    finally:
        settings.load_profile(before)
    usual = gradmark.check({"relu": leaky, "sigmoid": reference.sigmoid}, dtype="float64")
    assert found == usual  # and none of it changes what is found


@settings(max_examples=2, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@given(slope=st.sampled_from([0.0, 0.01]))
def test_a_verdict_can_be_asked_for_within_a_property_of_the_users_own(slope: float) -> None:
    mine = leaky if slope else relu
    (verdict,) = gradmark.check(mine, "relu", dtype="float64", examples=2)
    assert verdict.verdict == ("deviates" if slope else "conforms")


def test_ctrl_c_in_the_users_code_ends_the_question() -> None:
    def stopped(_: Array) -> Array:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gradmark.check(stopped, "relu")


def test_code_that_calls_exit_gets_a_verdict() -> None:
    def leaves(_: Array) -> Array:
        sys.exit(3)

    (verdict,) = gradmark.check(leaves, "relu", dtype="float64")
    assert verdict.verdict == "error"
    assert "sys.exit(3)" in verdict.detail


def test_a_property_that_is_broken_comes_with_a_line_that_asks_again() -> None:
    class Forgetful:
        """Right in every case that is looked at; but two of them share their rate."""

        rate = 0.1

        def __init__(self, lr: float) -> None:
            type(self).rate = lr

        @property
        def lr(self) -> float:
            return type(self).rate

        @lr.setter
        def lr(self, value: float) -> None:
            type(self).rate = value

        def step(self, w: Array, grad: Array) -> Array:
            return w - self.lr * grad

    (verdict,) = gradmark.check(Forgetful, "SGD", dtype="float64")
    assert "two sgds share nothing" in verdict.detail
    assert verdict.reproduce is not None
    seen: dict[str, Any] = {"Forgetful": Forgetful}
    exec(verdict.reproduce.replace("gradmark.check", "found = gradmark.check"), seen)
    assert list(seen["found"]) == [verdict]
    assert f">>> {verdict.reproduce}" in str(verdict)

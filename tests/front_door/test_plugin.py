"""The maintainer of an optimizer library has pytest judge it: in their folder, in their ways."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gradmark import plugin
from gradmark.harness.resolve import SITE
from gradmark.harness.results import read_results

OPTIM = """
import numpy as np

class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * grad

class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, 0.0

    def step(self, w, grad):
        self.s = self.beta * self.s + (1 - self.beta) * grad**2
        return w - self.lr * grad / (np.sqrt(self.s) + self.epsilon)

def relu(z):
    return np.maximum(z, 0.01 * z)
"""
AS_IT_IS = """
["my_pkg.optim"]
SGD = "conforms"
RMSprop = "dialect epsilon-outside-root"
relu = "deviates leaky"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library's checkout, with a test of its own, and with names that gradmark has, too."""
    for package in ("my_pkg", "reports", "conformance"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "my_pkg" / "optim.py").write_text(OPTIM)
    (tmp_path / "verdicts.toml").write_text(AS_IT_IS)
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    return tmp_path


def run(folder: Path, *arguments: str, plugins: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run pytest there, with gradmark's plugin as if it were installed."""
    chosen = [word for name in ("gradmark.plugin", *plugins) for word in ("-p", name)]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *chosen, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        # The plugins of this very run would take half of the time.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(SITE)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


LIBRARY = ("--gradmark", "my_pkg.optim", "--gradmark-quick", "--gradmark-dtype", "float64")
IDS = [f"gradmark::my_pkg.optim::{name}[float64]" for name in ("relu", "SGD", "RMSprop")]


# --- unasked --------------------------------------------------------------------------------------


def test_unasked_the_plugin_imports_nothing_and_changes_nothing(folder: Path) -> None:
    (folder / "test_own.py").write_text(
        "import sys\n"
        "def test_nothing_heavy_was_imported():\n"
        "    heavy = {'numpy', 'mpmath', 'hypothesis', 'matplotlib', 'execnet', 'rich', 'pandas'}\n"
        "    assert not heavy & sys.modules.keys()\n"
        "    ours = {name for name in sys.modules if name.startswith('gradmark')}\n"
        "    own = {'plugin', 'pytest_options', 'version'}\n"
        "    assert ours == {'gradmark', *(f'gradmark.{name}' for name in own)}\n"
    )
    status, told = run(folder)
    assert (status, "1 passed" in told, "gradmark" in told) == (0, True, False), told


def test_every_option_has_the_prefix_and_is_explained() -> None:
    parser = pytest.Parser(_ispytest=True)
    plugin.pytest_addoption(parser)
    options = parser.getgroup("gradmark").options
    assert len(options) > 10
    for option in options:
        (name,) = option.names()
        assert re.fullmatch(r"--gradmark(-[a-z-]+)?", name)
        assert len(str(option.attrs()["help"])) > 20


# --- asked ----------------------------------------------------------------------------------------


def test_there_is_one_test_per_formula_and_dtype_with_a_stable_id(folder: Path) -> None:
    asked = ("--gradmark", "my_pkg.optim", "--collect-only", "-q")
    status, told = run(folder, *asked)
    assert status == 0, told
    assert told.splitlines()[:7] == [
        "test_own.py::test_own",
        "gradmark::my_pkg.optim::relu[float64]",
        "gradmark::my_pkg.optim::relu[float32]",
        "gradmark::my_pkg.optim::SGD[float64]",
        "gradmark::my_pkg.optim::SGD[float32]",
        "gradmark::my_pkg.optim::RMSprop[float64]",
        "gradmark::my_pkg.optim::RMSprop[float32]",
    ]


def test_a_failure_is_the_verdict_with_its_evidence_and_no_traceback(folder: Path) -> None:
    status, told = run(folder, *LIBRARY, "-k", "gradmark", "--junitxml", "junit.xml", "-v")
    assert status == 1, told
    assert "1 failed, 2 passed, 1 deselected" in told
    assert "✗ relu: deviates (leaky), float64" in told
    assert "expected 0, got -0.01" in told
    assert "$ python -c" in told
    assert "~ RMSprop: dialect (epsilon-outside-root), float64" in told  # it passes, and is told
    assert f"FAILED {IDS[0]} - deviates leaky" in told
    assert f"{IDS[1]} PASSED" in told
    assert "Traceback" not in told
    assert "items.py" not in told

    cases = ET.parse(folder / "junit.xml").iter("testcase")
    properties = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }
    assert properties["SGD[float64]"]["gradmark_verdict"] == "conforms"
    assert float(properties["SGD[float64]"]["gradmark_ulp"] or "nan") > 0


@pytest.mark.thorough
def test_a_strict_run_fails_a_dialect_unless_it_is_welcome(folder: Path) -> None:
    strict = (*LIBRARY, "--gradmark-formula", "RMSprop", "--gradmark-strict", "-k", "gradmark")
    assert run(folder, *strict)[0] == 1
    welcome = ("--gradmark-dialect", "epsilon-outside-root")
    assert run(folder, *strict, *welcome)[0] == 0


@pytest.mark.thorough
def test_expected_verdicts_pass_and_any_other_fails_better_or_worse(folder: Path) -> None:
    asked = (*LIBRARY, "-k", "gradmark", "--gradmark-expected", "verdicts.toml")
    status, told = run(folder, *asked)
    assert status == 0, told

    library = folder / "my_pkg" / "optim.py"
    library.write_text(OPTIM.replace("0.01 * z", "0").replace("class SGD", "class Gone"))
    status, told = run(folder, *asked)
    assert status == 1
    assert "relu float64: expected deviates leaky, got conforms" in told  # better
    assert "SGD float64: expected conforms, got absent" in told  # gone
    assert "2 failed, 1 passed" in told


@pytest.mark.thorough
def test_one_test_can_be_run_again_by_its_id(folder: Path) -> None:
    status, told = run(folder, IDS[1], "-v")
    assert status == 0, told
    assert "1 passed" in told


@pytest.mark.thorough
def test_xdist_runs_the_same_tests_and_writes_the_same_results(folder: Path) -> None:
    alone, spread = folder / "alone.jsonl", folder / "spread.jsonl"
    asked = (*LIBRARY, "-k", "gradmark", "--gradmark-results")
    assert run(folder, *asked, str(alone))[0] == 1
    status, told = run(folder, *asked, str(spread), "-n", "2", plugins=("xdist.plugin",))
    assert status == 1, told
    assert "✗ relu: deviates (leaky), float64" in told
    assert f"FAILED {IDS[0]}" in told
    assert "~ RMSprop: dialect (epsilon-outside-root), float64" in told
    assert read_results(alone).complete
    verdicts = read_results(alone).of_kind("verdict")
    assert [verdict["formula"] for verdict in verdicts] == ["relu", "SGD", "RMSprop"]
    assert alone.read_text().splitlines()[1:] == spread.read_text().splitlines()[1:]


def test_a_run_that_stops_early_writes_results_that_say_so(folder: Path) -> None:
    assert run(folder, *LIBRARY, "-x", "--gradmark-results", "r.jsonl")[0] == 1
    results = read_results(folder / "r.jsonl")
    assert not results.complete
    assert [verdict["formula"] for verdict in results.of_kind("verdict")] == ["relu"]


@pytest.mark.thorough
def test_it_works_beside_strict_settings_and_pytest_timeout(folder: Path) -> None:
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-config --strict-markers\n"
    )
    (folder / "timeouts.py").write_text(
        "def pytest_addoption(parser):\n"
        "    parser.getgroup('timeout').addoption('--timeout', type=float)\n"
    )
    asked = (*LIBRARY, "-k", "SGD", "--timeout", "60", "--gradmark-timeout", "5")
    status, told = run(folder, *asked, plugins=("timeouts",))
    assert (status, "1 passed" in told) == (0, True), told


# --- whose process --------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_library_that_dies_fails_one_test_and_no_run(folder: Path) -> None:
    library = folder / "my_pkg" / "optim.py"
    library.write_text(OPTIM.replace("return np.maximum(z, 0.01 * z)", "import os; os._exit(3)"))
    status, told = run(folder, *LIBRARY)
    assert status == 1
    assert "relu: crash" in told
    assert "1 failed, 3 passed" in told


@pytest.mark.thorough
def test_in_process_means_pytests_own_process_and_leaves_its_settings_alone(folder: Path) -> None:
    (folder / "mine.py").write_text(
        "import sys\n"
        "if 'pytest' in sys.modules:\n"
        "    def relu(z):\n"
        "        return z * (z > 0)\n"
        "else:\n"
        "    def sigmoid(z):\n"
        "        return 0 * z\n"
    )
    (folder / "conftest.py").write_text(
        "import warnings\n"
        "import numpy as np\n"
        "from hypothesis import settings\n"
        "np.seterr(all='raise')\n"
        "warnings.simplefilter('error')\n"
        "settings.register_profile('mine', max_examples=7, print_blob=True)\n"
        "settings.load_profile('mine')\n"
        "def pytest_sessionfinish():\n"
        "    assert set(np.geterr().values()) == {'raise'}\n"
        "    assert settings.default.max_examples == 7\n"
    )
    asked = ("--gradmark", "mine.py", "--gradmark-quick", "-W", "error")
    status, told = run(folder, *asked, "--gradmark-in-process", "-v")
    assert status == 0, told
    assert "gradmark::mine::relu[float64] PASSED" in told
    status, told = run(folder, *asked, "--collect-only", "-q")
    assert "gradmark::mine::sigmoid[float64]" in told


def test_ctrl_c_within_the_library_interrupts_the_run(folder: Path) -> None:
    (folder / "mine.py").write_text("def relu(z):\n    raise KeyboardInterrupt\n")
    status, told = run(folder, "--gradmark", "mine.py", "--gradmark-in-process")
    assert status == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in told


@pytest.mark.thorough
def test_a_library_is_found_where_pytest_finds_it(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "my_pkg").rename(folder / "src" / "my_pkg")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    status, told = run(folder, *LIBRARY, "-k", "SGD")
    assert (status, "1 passed" in told) == (0, True), told


# --- what cannot be meant -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--gradmark", "refrence"), "--gradmark: no contender is called 'refrence'"),
        (("--gradmark", "gone.py"), "--gradmark: there is no file"),
        ((*LIBRARY, "--gradmark-formula", "Adm"), "did you mean Adam"),
        ((*LIBRARY, "--gradmark-seed", "-1"), "seed: expected a whole number from 0 on, got -1"),
        ((*LIBRARY, "--gradmark-expected", "gone.toml"), "gone.toml: No such file"),
        ((*LIBRARY, "--gradmark-dialect", "epsilonhat"), "there is no 'epsilonhat'"),
    ],
)
@pytest.mark.sweep
def test_an_option_that_cannot_be_meant_is_told_at_once(
    folder: Path, asked: tuple[str, ...], told: str
) -> None:
    status, said = run(folder, *asked)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert told in said
    assert "Traceback" not in said


@pytest.mark.thorough
def test_a_library_that_does_not_import_or_has_nothing_is_a_collection_error(folder: Path) -> None:
    library = folder / "my_pkg" / "optim.py"
    library.write_text("import no_such_package_anywhere\n")
    status, told = run(folder, *LIBRARY)
    assert status == pytest.ExitCode.INTERRUPTED
    assert "No module named 'no_such_package_anywhere'" in told
    library.write_text("def helper():\n    pass\n")
    assert "defines none of the names that gradmark judges" in run(folder, *LIBRARY)[1]


# --- a test of their own --------------------------------------------------------------------------

SUITE = """
import gradmark
import pytest

@gradmark.parametrize("my_pkg.optim", expected="verdicts.toml", dtype="float64", quick=True)
def test_conforms(check):
    check()

@pytest.mark.parametrize("check", gradmark.checks("my_pkg.optim", "relu", dtype="float64"))
def test_relu(check):
    check()
"""


@pytest.fixture
def suite(folder: Path) -> Path:
    """Tests in a folder of their own, their expectations beside them."""
    (folder / "tests").mkdir()
    (folder / "verdicts.toml").rename(folder / "tests" / "verdicts.toml")
    (folder / "tests" / "test_optim.py").write_text(SUITE)
    return folder


@pytest.mark.thorough
def test_a_parametrized_test_runs_once_per_formula_and_dtype(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\npythonpath = .\n")
    status, told = run(suite, "tests", "-v")
    assert status == 1, told
    for formula in ("relu", "SGD", "RMSprop"):
        test = f"tests/test_optim.py::test_conforms[my_pkg.optim-{formula}-float64]"
        assert re.search(rf"{re.escape(test)} +PASSED", told)
    assert "✗ relu: deviates (leaky), float64" in told
    assert "expected 0, got -0.01" in told
    assert "self.inquiry" not in told  # no line of ours is shown
    assert "1 failed, 3 passed" in told

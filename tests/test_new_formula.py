"""A new formula costs five places, and each that is forgotten is named: tried on a scratch copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradmark.conformance.engine import complete
from gradmark.conformance.engine.complete import missing
from gradmark.harness.contract import CONTRACT

ROOT = Path(__file__).parents[1]
ROOMS = ("reference", "harness", "conformance", "benchmarks", "reports")
NAME = "cubic_loss"

ROW = """
    Formula(
        "cubic_loss",
        "loss",
        _pair("target", "data"),
        "number",
        synonyms=("mean_cubed_error",),
        sizes=("elements",),
        cost=cost("y p", "", 4),
    ),
"""

BODY = '''
"""The mean cubed error, made up for a test."""

import numpy as np


def cubic_loss(y_true, y_pred):
    """Mean of |y − p|³."""
    return np.mean(np.abs(np.asarray(y_true) - np.asarray(y_pred)) ** 3)
'''

CATALOGUE = '''
"""The mean cubed error, made up for a test."""

from gradmark.conformance.catalogue.variant import canonical, mistake
from gradmark.conformance.truth import mean, total


@canonical("cubic_loss", "made up")
def mean_of_cubes(y, p):
    """The mean of |y − p|³."""
    return mean(abs(y - p) ** 3)


@mistake("cubic_loss", "made up")
def sum_of_cubes(y, p):
    """The cubes summed."""
    return total(abs(y - p) ** 3)


@mistake("cubic_loss", "made up")
def sign_kept(y, p):
    """The mean of (y − p)³: errors of opposite sign cancel."""
    return mean((y - p) ** 3)
'''

CASES = '''
"""The mean cubed error, made up for a test."""

import numpy as np

from gradmark.conformance.cases.own import case, special


@special("cubic_loss")
def pairs(draw):
    """Ask a few pairs."""
    yield case("cubic_loss", "one", np.array([1.5]), np.array([3.0]))
    yield case("cubic_loss", "several", draw.normal(size=5), draw.normal(size=5))
'''

THEOREMS = '''
"""The mean cubed error, made up for a test."""

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.theorem import drawn, rejects


@drawn(distance=st.integers(-8, 8))
@rejects(cubic_loss=lambda y, p: np.mean((y - p) ** 3))
def the_mean_cubed_error_is_never_negative(cubic_loss, distance):
    assert cubic_loss([0.0], [float(distance)]) >= 0
'''


def _row(package: Path) -> None:
    _after(package / "harness/contract/losses.py", "LOSSES = (", ROW)


def _body(package: Path) -> None:
    (package / "reference/losses/cubic_loss.py").write_text(BODY)
    exported = "from gradmark.reference.losses.cubic_loss import cubic_loss\n"
    with (package / "reference/__init__.py").open("a") as file:
        file.write(f'\n{exported}\n__all__ += ["{NAME}"]\n')


def _catalogue(package: Path) -> None:
    (package / "conformance/catalogue/losses/cubic.py").write_text(CATALOGUE)


def _cases(package: Path) -> None:
    (package / "conformance/cases/special/cubic_loss.py").write_text(CASES)


def _theorems(package: Path) -> None:
    (package / "conformance/properties/cubic_loss.py").write_text(THEOREMS)


STEPS: dict[str, tuple[Callable[[Path], None], str]] = {
    "row": (_row, "cubic_loss: it has no row in harness/contract/"),
    "body": (_body, "cubic_loss: it has no body in reference/"),
    "catalogue": (_catalogue, "cubic_loss: it has no canonical form in conformance/catalogue/"),
    "cases": (_cases, "cubic_loss: it has no cases: a file in conformance/cases/special/"),
    "theorems": (_theorems, "cubic_loss: it has no theorem in conformance/properties/"),
}


def _after(path: Path, line: str, text: str) -> None:
    source = path.read_text()
    assert line in source
    path.write_text(source.replace(line, line + text, 1))


def scratch(folder: Path, *steps: str) -> Path:
    """Copy the package, and take these steps in the copy."""
    package = folder / "gradmark"
    shutil.copytree(
        ROOT / "src" / "gradmark",
        package,
        ignore=shutil.ignore_patterns(*ROOMS),
    )
    for room in ROOMS:
        shutil.copytree(ROOT / room, package / room, ignore=shutil.ignore_patterns("vectors/*"))
    for step in steps:
        STEPS[step][0](package)
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("forgotten", STEPS)
@pytest.mark.sweep
def test_a_step_that_is_forgotten_is_named(forgotten: str, tmp_path: Path) -> None:
    folder = scratch(tmp_path, *(step for step in STEPS if step != forgotten))
    told = run(folder, "-m", "gradmark.conformance.engine.complete", NAME)
    assert told.returncode == 1, told.stderr
    [line] = told.stdout.splitlines()
    assert line.startswith(STEPS[forgotten][1])


@pytest.mark.thorough
def test_five_places_make_a_formula_that_is_judged_measured_and_timed(tmp_path: Path) -> None:
    folder = scratch(tmp_path, *STEPS)
    told = run(folder, "-m", "gradmark.conformance.engine.complete", NAME)
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
    mine = "import numpy as np\ndef cubic_loss(y, p):\n    return np.sum(abs(y - p) ** 3)\n"
    (folder / "mine.py").write_text(mine)
    asked = ("-m", "gradmark", "check", "--formula", NAME, "--dtype", "float64", "--quiet")
    assert run(folder, *asked, "reference").returncode == 0
    wrong = run(folder, *asked, "mine.py")
    assert wrong.returncode == 1
    assert "deviates (sum-of-cubes)" in wrong.stdout + wrong.stderr
    timed = (
        "from gradmark.benchmarks.paired.workloads import chosen; "
        f"print(len(chosen(['{NAME}'], ['float64'])), "
        f"chosen(['{NAME}'], ['float64'])[0].inputs(0)[0].shape)"
    )
    assert run(folder, "-c", timed).stdout == "2 (100, 10)\n"


def test_no_formula_lacks_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    # That cases tell its forms apart is seen where each of them is named as itself.
    alike_nowhere = SimpleNamespace(inseparable=())
    monkeypatch.setattr(complete, "separation", lambda *_: alike_nowhere)
    assert missing() == []


def test_a_formula_nobody_knows_has_no_row() -> None:
    assert missing(["softsign"]) == ["softsign: " + "it has no row in harness/contract/, so that "
                                     "nothing asks for it"]  # fmt: skip
    assert "softsign" not in CONTRACT

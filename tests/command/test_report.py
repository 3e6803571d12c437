"""The report's runs, in a folder that is not ours."""

import argparse
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gradmark import benchmarks
from gradmark.command import report


def test_a_conftest_in_a_folder_above_is_none_of_the_benchmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where gradmark lies in an environment within somebody's project."""
    (tmp_path / "conftest.py").write_text('raise ImportError("of somebody else")\n')
    package = tmp_path / "benchmarks"
    shutil.copytree(Path(benchmarks.__file__).parent, package)
    monkeypatch.setattr(benchmarks, "__file__", str(package / "__init__.py"))
    run = subprocess.run

    def only_collect(command: list[str], **how: Any) -> Any:
        return run([*command, "--collect-only"], **how)

    monkeypatch.setattr(subprocess, "run", only_collect)
    asked = argparse.Namespace(quiet=True, quick=True, seed=0)
    assert not report._benchmarks(asked, tmp_path / "benchmarks.jsonl")

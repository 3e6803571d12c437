import datetime
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gradmark.harness import fingerprint as module
from gradmark.harness.fingerprint import DEPENDENCIES, fingerprint
from gradmark.harness.resolve import CHECKOUT


def test_two_fingerprints_are_the_same() -> None:
    first, second = (json.dumps(fingerprint(), allow_nan=False) for _ in range(2))
    assert first == second


def test_it_tells_numpy_and_its_blas() -> None:
    found = fingerprint()
    assert found["packages"]["numpy"] == np.__version__
    assert found["blas"]["built_with"]["name"]
    assert all(library["threads"] >= 1 for library in found["blas"]["loaded"])


def test_it_lists_every_dependency_of_gradmark() -> None:
    import re
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    declared = [re.match(r"[\w-]+", line) for line in sum(extras, project["dependencies"])]
    assert tuple(sorted(name.group() for name in declared if name)) == DEPENDENCIES
    assert None not in fingerprint()["packages"].values()


def test_load_and_time_come_only_when_asked_for() -> None:
    found = fingerprint(live=True)
    assert len(found["load_average"]) == 3
    assert datetime.datetime.fromisoformat(found["time"]).tzinfo == datetime.UTC
    assert not {"load_average", "time"} & set(fingerprint())


def test_a_commit_and_whether_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKOUT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert fingerprint()["git"] == {"commit": None, "dirty": None}

    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    (tmp_path / "formula.py").write_text("one")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    clean = fingerprint()["git"]
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False

    (tmp_path / "formula.py").write_text("two")
    assert fingerprint()["git"] == {"commit": clean["commit"], "dirty": True}


def test_a_users_repository_around_an_installed_gradmark_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init"], ["commit", "--allow-empty", "--message", "theirs"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    (tmp_path / "site-packages" / "gradmark").mkdir(parents=True)
    monkeypatch.setattr(module, "CHECKOUT", tmp_path / "site-packages" / "gradmark")
    assert fingerprint()["git"] == {"commit": None, "dirty": None}


def test_git_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert fingerprint()["git"] == {"commit": None, "dirty": None}

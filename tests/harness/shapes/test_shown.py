"""How a formula was called is shown wherever its verdict is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.command.line import run
from tests.harness.shapes.adams import adam

CALLED = "Adam ← MyAdamOptimizer.step(w, grad)"


def test_the_terminal_and_junit_tell_how_a_formula_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(adam("another name"), encoding="utf-8")
    asked = ("check", "mine.py", "--formula", "Adam", "--dtype", "float64", "--quiet")
    assert run([*asked, "--junitxml", "junit.xml"]) == 0
    assert f"  {CALLED}\n" in capsys.readouterr().out
    assert f"<system-out>{CALLED}</system-out>" in Path("junit.xml").read_text(encoding="utf-8")

"""Packages that cannot be fetched are no fault of a contender's: no verdict, but exit status 3."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradmark.command import main
from gradmark.harness.installers import SOURCES


@pytest.fixture
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send uv to a port where nobody is."""
    for name in SOURCES:
        monkeypatch.delenv(f"PIP_{name.replace('-', '_').upper()}", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.mark.usefixtures("nobody_answers")
@pytest.mark.parametrize("beside", [[], ["reference"]], ids=["alone", "beside another"])
@pytest.mark.thorough
def test_what_would_be_built_is_announced_and_no_verdict_is_given(
    beside: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(
        '# /// script\n# dependencies = ["no-such-lib"]\n# ///\ndef relu(z): return z\n'
    )
    asked = ["check", "mine.py", *beside, "--formula", "relu", "--quick"]
    assert main([*asked, "--results", "found.jsonl"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "1 environment to be built first, once, in" in told.err
    assert "\n  mine: no-such-lib, numpy\n" in told.err
    assert told.err.endswith(
        "ERROR: mine needs packages that are not here yet, and uv reaches no package registry;"
        " is there a network?\n"
    )

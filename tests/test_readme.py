"""The README's promises, kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from gradmark.command.line import VERBS
from gradmark.conformance.article.ledger import CLAIMS
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_verdicts_shown_are_those_of_the_file_shown(tmp_path: Path) -> None:
    (code,) = _blocks("python")
    (shown,) = _blocks("text")
    (tmp_path / "my_optimizers.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "gradmark", "check", "my_optimizers.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stdout == shown


def test_the_line_to_paste_shows_the_wrong_step_again(tmp_path: Path) -> None:
    (code,) = _blocks("python")
    (tmp_path / "my_optimizers.py").write_text(code, encoding="utf-8")
    (line,) = re.findall(r"^ +\$ (python -c .*)$", README, re.MULTILINE)
    got, *_ = re.findall(r"got (-?[0-9.\[\]]+?)\.? ", README)
    run = subprocess.run(
        line.replace("python", sys.executable, 1),
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == [float(re.sub(r"[\[\]]", "", got))]


def test_the_articles_formulas_are_named_as_they_are_called() -> None:
    rows = re.findall(r"^\| [a-z ]+ \| (`\w+\(.*) \|$", README, re.MULTILINE)
    named = re.findall(r"`(\w+)\(([^)]*)\)`", " ".join(rows))
    functions = [(name, given) for name, given in named if name in CONTRACT]
    assert len(functions) == 19
    assert all(given.split(", ") == [*CONTRACT[name].parameters] for name, given in functions)


def test_every_verb_is_in_the_table_and_every_claim_is_counted() -> None:
    rows = "".join(re.findall(r"^\|.*\|$", README, re.MULTILINE))
    assert {verb for verb in VERBS if f"`gradmark {verb}" not in rows} == set()
    assert f", {len(CLAIMS)} claims of it." in README


def test_every_picture_and_page_linked_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (CHECKOUT / target).exists(), target

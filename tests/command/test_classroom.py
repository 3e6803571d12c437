"""Many submissions at once: a row for each, what is wrong first, and nobody ends the run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gradmark.command import check
from gradmark.command.classroom import Row, groups, table
from gradmark.command.line import run
from gradmark.conformance.engine import judging
from tests.harness.shapes.adams import adam

FILES = {
    "anna.py": adam("another name"),
    "ben.py": adam("another name", counter="t + 1"),
    "carl.py": adam("dicts in place", counter="t + 1"),
    "dora.py": "def f(:\n",
    "=emil.py": "x = 1\n",
    "fritz.py": "import os\nos._exit(3)\n",
}
TABLE = """\
2 of 6: ✗ Adam counter-starts-at-two: ben, carl

ben    ✗ Adam counter-starts-at-two
carl   ✗ Adam counter-starts-at-two
dora   ! does not import: SyntaxError: invalid syntax
fritz  ! does not import: its process exited with status 3
anna   ✓ 1
=emil  nothing to judge
"""
ASKED = ("check", "class", "--dtype", "float64", "--quick", "--formula", "Adam", "--jobs", "1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "class").mkdir()
    for name, source in FILES.items():
        (tmp_path / "class" / name).write_text(source, encoding="utf-8")
    return tmp_path


def test_a_class_is_a_table_a_sheet_and_pages_and_judged_once(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run([*ASKED, "--out", "out"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith(TABLE)
    assert "6 of 6: fritz\n" in told.err
    with (folder / "out" / "class.csv").open(encoding="utf-8", newline="") as file:
        first, *_ = sheet = list(csv.DictReader(file))
    assert len(sheet) == len(FILES)
    assert (first["contender"], first["Adam"]) == ("ben", "deviates counter-starts-at-two")
    # A spreadsheet would take it for a formula.
    assert [row["contender"] for row in sheet if "emil" in row["contender"]] == ["'=emil"]
    assert "Adam ← " in (folder / "out" / "contenders" / "anna.md").read_text(encoding="utf-8")

    judged: list[str] = []
    inner = judging._judged

    def counted(plan, name, *more):  # type: ignore[no-untyped-def]  # as what it stands for
        judged.append(name)
        return inner(plan, name, *more)

    monkeypatch.setattr(judging, "_judged", counted)
    (folder / "class" / "ben.py").write_text(adam("another name"), encoding="utf-8")
    assert run([*ASKED, "--quiet"]) == 1
    assert "ben    ✓ 1" in capsys.readouterr().out
    # Who had nothing, or died, may have more the next time.
    assert judged == ["=emil", "ben", "fritz"]


def test_a_folder_without_a_file_is_refused(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert run(["check", "empty"]) == 2
    assert run(["check", "class/*.txt"]) == 2


def test_watching_judges_again_when_a_file_is_saved(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = iter(("", adam("another name"), None))  # at first nobody saves

    def pause(seconds: float) -> None:
        del seconds
        source = next(saves)
        if source is None:
            raise KeyboardInterrupt
        if source:
            (folder / "class" / "ben.py").write_text(source, encoding="utf-8")

    rounds: list[object] = []

    def judged(asked: object) -> int:
        rounds.append(asked)
        return 0

    monkeypatch.setattr(check, "_once", judged)
    monkeypatch.setattr("time.sleep", pause)
    assert run([*ASKED, "--watch"]) == 130
    assert len(rounds) == 2


def test_no_line_is_wider_than_a_terminal() -> None:
    found = [
        Row(f"{'n' * 40}{i}", tuple(("Adam", "deviates", f"form-{k}") for k in range(9)))
        for i in range(40)
    ]
    assert all(len(line) <= 80 for line in table(found))
    assert [len(names) for names in groups(found).values()] == [40] * 9


def test_expectations_of_what_does_not_exist_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        '[ann]\nAdam = "conforms"': "there is no 'ann'; did you mean anna",
        '[anna]\nAdam = "conform"': "there is no 'conform'; did you mean conforms",
        '[anna]\nAdam = "dialect epsilon-hut"': "did you mean epsilon-hat",
    }
    for text, told in wrong.items():
        (folder / "expected.toml").write_text(text, encoding="utf-8")
        assert run([*ASKED, "--expected", "expected.toml"]) == 2
        assert told in capsys.readouterr().err


def test_a_formula_that_nobody_provides_is_no_success(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--dtype", "float64", "--quick", "--quiet")
    formulas = ("--formula", "Adam", "--formula", "relu")
    assert run(["check", "class/anna.py", *asked, *formulas]) == 2
    assert "nothing to judge: no contender provides relu" in capsys.readouterr().err
    assert (folder / "class").is_dir()

"""What pages promise, kept: their examples run, their commands and links exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from gradmark import __version__
from gradmark.command import main
from gradmark.command.line import VERBS
from gradmark.command.options import OPTIONS
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.verdicts import SIGNS
from gradmark.pytest_options import _OPTIONS as PLUGIN

DOCS = CHECKOUT / "docs"
FILES = {path.name: path for folder in (CHECKOUT, DOCS) for path in sorted(folder.glob("*.md"))}
PAGES = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
TUTORIAL = PAGES["tutorial.md"]
ELSEWHERE = (
    *("help", "version", "check", "only"),  # of every verb, and of one
    *("earlier", "draw", "open"),  # of `report` alone
    *(f"gradmark-{name}" for name in PLUGIN),
    *("gradmark", "histogram", "csv", "group"),  # of pytest, pytest-benchmark and pip
    *("from", "spec"),  # of uvx and pipx
    "thorough",  # of these tests
)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_every_example_gives_what_it_shows(name: str) -> None:
    failed, _ = doctest.testfile(str(FILES[name]), module_relative=False)
    assert failed == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[name]):
        assert (FILES[name].parent / target).exists(), target


@pytest.mark.parametrize("name", PAGES)
def test_every_verb_exists(name: str) -> None:
    spans = re.findall(r"`(gradmark [^`\n]+)`", PAGES[name])
    lines = "".join(blocks(PAGES[name], "sh") + blocks(PAGES[name], "yaml"))
    spans += re.findall(r"^.*\b(gradmark [a-z].*)$", lines, re.MULTILINE)
    for verb in (span.split()[1] for span in spans):
        assert verb in VERBS or verb.startswith("--") or verb == "VERB", verb


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"CHANGELOG.md"}))  # it names what was, too
def test_every_option_exists(name: str) -> None:
    for option in re.findall(r"(?<![\w-])--([a-z][a-z-]+)", PAGES[name]):
        assert option in (*OPTIONS, *ELSEWHERE), option


# --- the tutorial ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(blocks(TUTORIAL, "python")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def repair(folder: Path) -> None:
    (line,) = (code for code in blocks(TUTORIAL, "python") if code.startswith("        self.m"))
    code = (folder / "mine.py").read_text(encoding="utf-8")
    (wrong,) = re.findall(r"^        self.m, self.v, self.t = .*\n", code, re.MULTILINE)
    (folder / "mine.py").write_text(code.replace(wrong, line), encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Give what was printed, less the lines that the tutorial speaks of and does not show."""
    lines = capsys.readouterr().out.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("      $ ", "  which ")))


@pytest.mark.usefixtures("folder")
def test_the_first_verdicts_are_those_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "mine.py", "--quiet"]) == 1
    assert told(capsys) == blocks(TUTORIAL, "text")[0]


@pytest.mark.thorough
def test_the_repaired_file_is_judged_as_shown_and_as_declared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repair(folder)
    (declared,) = blocks(TUTORIAL, "toml")
    (folder / "verdicts.toml").write_text(declared, encoding="utf-8")
    assert main(["check", "mine.py", "--quiet"]) == 0
    assert told(capsys) == blocks(TUTORIAL, "text")[1]
    assert main(["check", "mine.py", "--quiet", "--quick", "--expected", "verdicts.toml"]) == 0
    assert main(["check", "mine.py", "--quiet", "--quick", "--strict"]) == 1


# --- one thing, one name --------------------------------------------------------------------------


def test_every_verdict_is_in_the_glossary_with_its_sign() -> None:
    for verdict, sign in SIGNS.items():
        assert f"| {sign} | `{verdict}` |" in PAGES["glossary.md"]


def test_every_dtype_is_in_the_glossary() -> None:
    for dtype in DTYPES:
        assert f"`{dtype}`" in PAGES["glossary.md"]


def test_the_changelog_begins_with_this_version() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## ([0-9.]+)", text, re.MULTILINE)[0] == __version__


def test_every_version_says_which_verdicts_it_changes() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert "### Verdicts" in section, section.splitlines()[0]

"""What other programs read: a pull request shows what is wrong, at the line that is wrong."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from gradmark.command import main
from gradmark.command.formats.sarif import locations
from tests.command.sarif import LOG

MINE = """import numpy as np


def relu(z):
    return abs(z)


def sigmoid(z):
    raise ValueError("100 %, really\\n::error::not from gradmark")


class RMSprop:
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, 0.0

    def step(self, w, grad):
        self.s = self.beta * self.s + (1 - self.beta) * grad**2
        return w - self.lr * grad / (np.sqrt(self.s) + self.epsilon)
"""
ASKED = ("check", "lib/mine.py", "lib/broken.py", "--examples=1", "--quick", "--quiet", "--jobs=1")
ONLY = ("--formula=relu", "--formula=sigmoid", "--formula=RMSprop", "--formula=SGD")


class Told(NamedTuple):
    """What a run printed in each format, and what it left in the summary."""

    printed: dict[str, str]
    summary: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("repository")
    (folder / "lib").mkdir()
    (folder / "lib" / "mine.py").write_text(MINE)
    (folder / "lib" / "broken.py").write_text("\n\ndef relu(z):\n  return z +\n")
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GITHUB_WORKSPACE", str(folder))
        patch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
        for name in ("github", "sarif", "json", "md"):
            with pytest.MonkeyPatch.context() as inner:
                chunks: list[str] = []
                inner.setattr("sys.stdout.write", lambda text, to=chunks: to.append(text) or 0)
                assert main([*ASKED, *ONLY, f"--format={name}"]) == 1
            printed[name] = "".join(chunks)
        return Told(printed, Path("summary.md").read_text())


ANNOTATION = re.compile(r"::(\w+) title=([^:]*),file=([^:]*),line=(\d+)::(.*)")


@pytest.mark.thorough
def test_annotations_stand_at_the_line_that_is_wrong_the_worst_first(told: Told) -> None:
    lines = [line for line in told.printed["github"].splitlines() if line.startswith("::")]
    found = [ANNOTATION.fullmatch(line) for line in lines]
    assert [match.group(1, 3, 4) for match in found if match] == [
        ("error", "lib/mine.py", "9"),  # where it raised
        ("error", "lib/mine.py", "4"),  # where relu is defined
        ("error", "lib/broken.py", "4"),  # the import, once for all formulas
        ("notice", "lib/mine.py", "12"),
    ]
    assert len(lines) == len(found)


@pytest.mark.thorough
def test_sarif_keeps_to_what_the_standard_asks(told: Told) -> None:
    log = json.loads(told.printed["sarif"])
    assert [error.message for error in LOG.iter_errors(log)] == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "2.1"),
        (("runs", 0, "tool", "driver", "rules", 0, "name "), "mine"),
        (("runs", 0, "results", 0, "level"), "fatal"),
        (("runs", 0, "results", 0, "message"), "in words"),
        (("runs", 0, "results", 0, "ruleIndex"), -2),
        (("runs", 0, "results", 0, "locations", 0, "physicalLocation", "region", "startLine"), 0),
        (("runs", 0, "results", 0, "locations", 0, "physicalLocation", "artifactLocation",
          "uri"), "a file.py"),
        (("runs", 0, "invocations", 0, "executionSuccessful"), "yes"),
    ],
)  # fmt: skip
@pytest.mark.sweep
def test_what_the_standard_does_not_allow_is_noticed(
    told: Told, path: tuple[Any, ...], value: Any
) -> None:
    log = its = json.loads(told.printed["sarif"])
    for part in path[:-1]:
        its = its[part]
    its[path[-1]] = value
    assert not LOG.is_valid(log)


@pytest.mark.thorough
def test_with_advice_an_annotation_stands_at_the_line_to_change_from_whatever_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "mine.py").write_text(
        "class SGD:\n    def __init__(self, lr):\n        self.lr = lr\n\n"
        "    def step(self, w, grad):\n        return w + self.lr * grad\n"
    )
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "lib")
    asked = ("check", "mine.py", "--formula=SGD", "--quick", "--quiet", "--jobs=1", "--advise")
    assert main([*asked, "--format=github"]) == 1
    (told,) = (m for m in map(ANNOTATION.fullmatch, capsys.readouterr().out.splitlines()) if m)
    assert told.group(3, 4) == ("lib/mine.py", "6")
    assert "  - return w + self.lr * grad%0A  + return w - self.lr * grad" in told.group(5)
    assert main([*asked, "--format=sarif"]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "lib/mine.py"
    assert place["region"]["startLine"] == 6


def test_a_message_cannot_end_its_command_and_begin_another(told: Told) -> None:
    assert "100 %25, really" in told.printed["github"]
    for line in told.printed["github"].splitlines():
        assert not line.lstrip().startswith("::error::not from gradmark")


def test_sarif_names_the_rule_the_file_and_the_line(told: Told) -> None:
    log = json.loads(told.printed["sarif"])
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    found = {}
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (place,) = (location["physicalLocation"] for location in result["locations"])
        found[result["ruleId"], result["level"]] = (
            place["artifactLocation"],
            place["region"]["startLine"],
        )
    mine = {"uri": "lib/mine.py", "uriBaseId": "%SRCROOT%"}
    assert found["deviates/absolute-value", "error"] == (mine, 4)
    assert found["dialect/epsilon-outside-root", "note"] == (mine, 12)
    prints = [result["partialFingerprints"]["gradmark/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints) == 4


def test_json_has_every_verdict_and_says_which_fail(told: Told) -> None:
    document: dict[str, Any] = json.loads(told.printed["json"])
    assert document["failed"] is True
    assert len(document["verdicts"]) == 2 * 4 * 2
    failing = {(v["implementation"], v["formula"]) for v in document["verdicts"] if v["fails"]}
    assert failing == {
        ("mine", "relu"),
        ("mine", "sigmoid"),
        *(("broken", formula) for formula in ("relu", "sigmoid", "RMSprop", "SGD")),
    }


def test_markdown_begins_with_the_result_and_is_the_steps_summary(told: Told) -> None:
    page = told.printed["md"]
    assert page.startswith("## gradmark: ✗ 12 of 14 verdicts fail\n")
    assert "✗ **mine, relu**: deviates (absolute-value), float64, float32, `lib/mine.py:4`" in page
    assert page.count("all 4 formulas") == 1
    assert told.summary == 4 * (page + "\n")  # each step appends its own


def test_what_is_unbound_is_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("class Adam:\n    def __init__(self, p, q, r): ...\n")
    asked = ["check", "mine.py", "--quiet", "--formula=Adam"]
    assert main(asked) == 4
    assert "Adam: unbound" in capsys.readouterr().out
    Path("expected.toml").write_text('[mine]\nAdam = "unbound"\n')
    assert main([*asked, "--expected=expected.toml"]) == 0


def test_a_usage_error_is_an_annotation_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", "gone.py", "--format=github"]) == 2
    assert capsys.readouterr().out.startswith("::error title=gradmark::there is no file ")
    assert main(["check", "reference", "--format=sarif", "--time"]) == 2
    assert "leave out --time" in capsys.readouterr().err


def test_a_place_need_not_be_utf_8() -> None:
    inside = os.fsdecode(b"lib/n\xe9.py")
    finding: Any = SimpleNamespace(file=Path("/", inside), in_repository=inside, line=3)
    (place,) = locations(finding)
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "lib/n%E9.py"

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gradmark.benchmarks.paired.limits import MACHINE
from gradmark.benchmarks.paired.statistics import FEWEST_PROCESSES
from gradmark.benchmarks.paired.timing import Question
from gradmark.command import main
from gradmark.harness.identity import identity
from gradmark.harness.resolve import CHECKOUT, resolve
from gradmark.harness.results import ResultsWriter, read_results
from tests.schemas import RESULTS

FINGERPRINT: dict[str, Any] = {
    "machine": {},
    "python": {},
    "blas": {},
    "packages": {},
    "git": {},
}
QUICK = """\
import numpy as np

def relu(z):
    return np.maximum(z, 0)
"""
# Twice the work, and so twice the time, whatever the machine does.
SLOW = QUICK.replace("return", "np.maximum(z, 0)\n    np.maximum(z, 0)\n    return")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder, text in (("old", QUICK), ("new", SLOW)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(
    here: Path, *verdicts: tuple[str, str], file: str = "new/my.py", formula: str = "relu"
) -> None:
    """Write what the judges would have found of a formula in float64."""
    contenders = {"new/my": identity(resolve(file, here))}
    header = {"seed": 0, "quick": False, "fingerprint": FINGERPRINT, "corpus": "c"}
    with ResultsWriter(here / "v.jsonl", {**header, "contenders": contenders}) as results:
        for name, verdict in verdicts:
            found = {"verdict": verdict, "variant": None, "ulp": 0.0, "detail": ""}
            about = {"implementation": name, "formula": formula, "dtype": "float64"}
            results.write({"kind": "verdict", **about, **found})


def compare(*arguments: str) -> object:
    files = ["--verdicts=v.jsonl", "--results=t.jsonl", "--budget=0.1", "--quick", "--quiet"]
    try:
        return main(["check", "--time", *arguments, *files])
    except SystemExit as end:
        return end.code


CONFORMING = (("old/my", "conforms"), ("new/my", "dialect"))


def test_of_a_folder_each_file_is_timed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(here, *CONFORMING)
    asked: list[Question] = []

    def timed(question: Question) -> tuple[()]:
        asked.append(question)
        return ()

    monkeypatch.setattr("gradmark.command.times.time_contenders", timed)
    assert compare("new", "old/my.py") == 0
    assert asked[0].names == ("new/my.py", "old/my.py")


@pytest.mark.thorough
def test_a_slower_version_fails_a_gate_and_an_earlier_one_does_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(here, *CONFORMING)
    asked = ["new/my.py", "--baseline=old/my.py", "--benchmark-json=saved/b.json"]
    assert compare(*asked, "--fail-if-slower") == 1
    assert "of old/my's time: slower" in capsys.readouterr().out
    results = read_results(here / "t.jsonl")
    for record in (results.header, *{r["kind"]: r for r in results.records}.values()):
        RESULTS.validate(record)
    [pair] = results.of_kind("pair")
    assert pair["verdict"] == "slower"
    assert pair["processes"] >= FEWEST_PROCESSES
    assert all(set(each["pools"].values()) <= {1} for each in results.of_kind("preparation"))
    # Both stand beside the machine, which moved as much as relu moves: 1000 numbers each way.
    limits = {record["implementation"]: record for record in results.of_kind("limit")}
    assert set(limits) == {"old/my", "new/my"}
    assert {record["bytes"] for record in limits.values()} == {16000}
    assert {"the machine", "old/my", "new/my"} == {
        record["implementation"] for record in results.of_kind("block")
    }
    # What nobody judged is not timed, and is told.
    assert {(r["formula"], r["reason"]) for r in results.of_kind("withheld")} >= {
        ("relu", "not judged"),  # in float32
        ("Adam", "not judged"),
        ("training", "compute_gradients: not judged, SGD: not judged"),
    }
    saved = json.loads((here / "saved" / "b.json").read_text())["benchmarks"]
    blocks = results.of_kind("block")
    timed = [block["seconds"] for block in blocks if block["implementation"] != MACHINE]
    assert sorted(x for each in saved for x in each["stats"]["data"]) == sorted(timed)


@pytest.mark.thorough
def test_a_run_that_is_killed_keeps_its_blocks_and_goes_on_from_them(here: Path) -> None:
    judged(here, *CONFORMING)
    command = [
        sys.executable,
        "-m",
        "gradmark",
        "check",
        "--time",
        "new/my.py",
        "--baseline=old/my.py",
    ]
    files = ["--verdicts=v.jsonl", "--results=t.jsonl", "--budget=0.1", "--quick", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src")}
    with subprocess.Popen([*command, *files], cwd=here, env=environment) as run:
        written = here / "t.jsonl"
        while not written.exists() or written.read_text().count('"kind":"block"') < 3:
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
    cut = read_results(written)
    assert not cut.complete
    again = [*command, *files, "--resume"]
    assert subprocess.run(again, cwd=here, env=environment, check=False).returncode == 0
    results = read_results(written)
    assert results.complete
    assert results.records[: len(cut.records)] == cut.records
    assert len(results.of_kind("pair")) == 1
    told = [json.dumps(record) for record in results.of_kind("withheld")]
    assert len(told) == len(set(told))


@pytest.mark.thorough
def test_what_is_slower_is_no_failure_unless_asked(here: Path) -> None:
    judged(here, *CONFORMING)
    assert compare("new/my.py", "--baseline=old/my.py") == 0


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (
            (("old/my", "deviates"), ("new/my", "conforms")),
            "the baseline, old/my, cannot be timed anywhere: dev",
        ),
        ((("old/my", "conforms"), ("new/my", "inaccurate")), "there is nothing to time"),
        ((), "the baseline, old/my, cannot be timed anywhere: not judged"),
    ],
)
def test_nothing_to_time_is_an_error_of_its_own(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    verdicts: tuple[tuple[str, str], ...],
    said: str,
) -> None:
    judged(here, *verdicts)
    assert compare("new/my.py", "--baseline=old/my.py", "--fail-if-slower") == 2
    assert said in capsys.readouterr().err


def test_a_contender_that_cannot_run_is_no_pass(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "new" / "my.py").write_text("def relu(z) ...\n")
    judged(here, *CONFORMING)
    (here / "b.json").write_text("of an earlier run")
    assert compare("new/my.py", "--baseline=old/my.py", "--benchmark-json=b.json") == 2
    told = capsys.readouterr().err
    assert "nothing was timed" in told
    assert "my: " in told  # and why
    assert not (here / "b.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new/my.py", "--baseline=missing.py"], "there is no file"),
        (["reference"], "nothing to compare with the baseline, reference"),
        (["new/my.py", "--baseline=old/my.py", "--margin=0"], "expected a percentage like 5%"),
        (["new/my.py", "--baseline=old/my.py", "--threads=99999"], "--threads: expected 1 to"),
        (["new/my.py", "--baseline=old/my.py", "--formula=rellu"], "did you mean relu"),
        (["the machine=new/my.py"], "no contender can be called 'the machine'"),
        (
            ["new/my.py", "--baseline=old/my.py", "--benchmark-json=old"],
            "old is a folder; name a file",
        ),
        (["new/my.py", "--baseline=old/my.py", "--benchmark-json=v.jsonl/b"], "v.jsonl/b: "),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    judged(here, *CONFORMING)
    assert compare(*arguments) == (3 if said == "v.jsonl/b: " else 2)
    assert said in capsys.readouterr().err


def test_verdicts_of_another_version_admit_nobody(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(here, *CONFORMING, file="old/my.py")
    assert compare("new/my.py", "--baseline=old/my.py") == 2
    assert "new/my has changed since it was judged there" in capsys.readouterr().err


def test_a_contender_that_a_conversation_reaches_is_not_timed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "contender.toml").write_text('command = ["cat"]')
    judged(here, ("my", "conforms"), ("mine", "conforms"))
    assert compare("mine", "--baseline=old/my.py") == 2
    assert "nothing to time" in capsys.readouterr().err

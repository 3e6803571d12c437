"""A run that was interrupted is gone on with, or told from another one; without the clock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradmark.benchmarks.paired import timing as command
from gradmark.benchmarks.paired.record import Samples
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.command import main
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.identity import identity
from gradmark.harness.resolve import resolve
from gradmark.harness.results import ResultsWriter, read_results

RELU = Workload("relu", "float64", (("elements", 1000),))
FINGERPRINT = fingerprint()
CODE = "import numpy as np\n\ndef relu(z):\n    return np.maximum(z, 0)\n"
ASKED = ("mine.py", "--formula=relu", "--dtype=float64", "--quick", "--quiet")
FILES = ("--verdicts=v.jsonl", "--results=t.jsonl")


def judge(here: Path) -> None:
    contenders = {name: identity(resolve(f"{name}.py", here)) for name in ("mine", "old")}
    header = {"seed": 0, "quick": False, "fingerprint": FINGERPRINT, "corpus": "none"}
    with ResultsWriter(here / "v.jsonl", {**header, "contenders": contenders}) as results:
        for name in ("reference", "mine", "old"):
            about = {"implementation": name, "formula": "relu", "dtype": "float64"}
            found = {"verdict": "conforms", "variant": None, "ulp": 0.0, "detail": ""}
            results.write({"kind": "verdict", **about, **found})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "fingerprint", lambda: FINGERPRINT)  # it takes its time
    for name in ("mine", "old"):
        (tmp_path / f"{name}.py").write_text(CODE)
    judge(tmp_path)
    return tmp_path


def clock(monkeypatch: pytest.MonkeyPatch, *, ends: bool) -> None:
    """Let processes take 1 and 2 ms; or interrupt before they are compared."""

    class Schedule:
        def __init__(self, samples: Samples, *_: object) -> None:
            self.samples = samples

        def run(self) -> None:
            process = self.samples.generations
            for name, seconds in (("reference", 1e-3), ("mine", 2e-3)):
                for turn in range(5):
                    facts: dict[str, Any] = {"process": process, "round": turn}
                    self.samples.note("block", RELU, name, **facts, calls=1, seconds=seconds)
            if not ends:
                raise KeyboardInterrupt
            self.samples.close(RELU)

    monkeypatch.setattr(command, "Schedule", Schedule)


@pytest.fixture
def interrupted(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    clock(monkeypatch, ends=False)
    assert main(["check", "--time", *ASKED, *FILES]) == 130
    assert capsys.readouterr().err == "interrupted; --resume goes on with it\n"
    assert not read_results(here / "t.jsonl").complete
    clock(monkeypatch, ends=True)
    return here


def test_a_run_that_was_interrupted_goes_on_from_its_blocks(
    interrupted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_results(interrupted / "t.jsonl").records
    assert main(["check", "--time", *ASKED, *FILES, "--resume", "--benchmark-json=b.json"]) == 0
    assert capsys.readouterr().out == (
        "mine relu float64, 1,000: 2.000 [2.000, 2.000] of reference's time: slower\n"
    )
    results = read_results(interrupted / "t.jsonl")
    assert results.complete
    assert results.records[: len(before)] == before
    assert results.of_kind("pair")[0]["processes"] == 2
    assert (interrupted / "b.json").read_text().count("0.002,") >= 10


def test_a_whole_run_starts_nothing_and_says_its_ratios_again(
    interrupted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--time", *ASKED, *FILES, "--resume"]) == 0
    said, whole = capsys.readouterr().out, (interrupted / "t.jsonl").read_bytes()
    monkeypatch.undo()  # the clock is the real one: it would start processes
    monkeypatch.chdir(interrupted)
    monkeypatch.setattr("gradmark.benchmarks.paired.timing.contender", _start)
    assert main(["check", "--time", *ASKED, *FILES, "--resume"]) == 0
    assert capsys.readouterr().out == said
    assert (interrupted / "t.jsonl").read_bytes() == whole
    assert main(["check", "--time", *ASKED, *FILES, "--resume", "--fail-if-slower"]) == 1


def _start(*_: object, **__: object) -> None:
    raise AssertionError("a process was started")


def change_code(here: Path) -> None:
    (here / "mine.py").write_text(CODE + "# changed\n")
    judge(here)


@pytest.mark.parametrize(
    ("arguments", "meanwhile", "said"),
    [
        (["--margin=2%"], None, "(margin: 0.05 there, 0.02 now)"),
        (["--budget=7"], None, "(budget: 4.0 there, 7.0 now)"),
        (["--seed=1"], None, "(seed: 0 there, 1 now)"),
        (["--baseline=old.py"], None, "baseline: reference there, old now"),
        (["--formula=Adam"], None, "(formulas: ['relu'] there, ['Adam', 'relu'] now)"),
        (["--dtype=float32"], None, "(dtypes: ['float64'] there, ['float32', 'float64'] now)"),
        (["--python=python3"], None, "(python: None there, python3 now)"),
        (["old.py"], None, "(contenders.old: None there, "),
        ([], change_code, "(contenders.mine: "),
    ],
)
def test_a_run_that_was_made_otherwise_is_not_gone_on_with(
    interrupted: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    meanwhile: Callable[[Path], None] | None,
    said: str,
) -> None:
    (interrupted / "b.json").write_text("of another run")
    before = (interrupted / "t.jsonl").read_bytes()
    if meanwhile is not None:
        meanwhile(interrupted)
    assert (
        main(["check", "--time", *ASKED, *arguments, *FILES, "--resume", "--benchmark-json=b.json"])
        == 2
    )
    told = capsys.readouterr().err
    assert "t.jsonl: cannot resume: that run used other settings" in told
    assert said in told
    assert (interrupted / "t.jsonl").read_bytes() == before
    assert (interrupted / "b.json").exists()

"""Instructions beside the clock: counted exactly, believed as little as times are, and a gate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired import counts, timing
from gradmark.benchmarks.paired.counts import Counts
from gradmark.benchmarks.paired.honesty import objection_to
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.command import main
from gradmark.harness.counter import counter
from gradmark.harness.host import Contender, ContenderFault
from gradmark.harness.identity import identity
from gradmark.harness.resolve import resolve
from gradmark.harness.results import ResultsWriter, read_results
from gradmark.harness.timing import Count, Job, Timer, conditions
from gradmark.reports.timing import page
from tests.schemas import RESULTS

SMALL = Workload("relu", "float64", (("elements", 1000),))
LARGE = Workload("relu", "float64", (("elements", 10**7),))
TAKES = MappingProxyType({"old/my": 4000.0, "new/my": 5000.0})  # instructions of a call


class FakeTimer:
    """Counts what it is told; who is not in `TAKES` fails."""

    def __init__(self, contender: Contender) -> None:
        self.name = contender.name

    def prepare(self, job: Job) -> float:
        if self.name not in TAKES:
            raise ContenderFault(self.name, job.name, "broke")
        return 0.1

    def count(self, calls: int) -> Count:
        assert calls == counts.MANY
        return Count(TAKES[self.name], 0, 0, None, None)

    def drop(self) -> None:
        pass


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "Timer", FakeTimer)
    monkeypatch.setattr(timing, "counter", lambda: "a fake")
    monkeypatch.setattr("gradmark.command.check.counter", lambda: "a fake")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("old", "new", "odd"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my.py").write_text("def relu(z):\n    return abs(z)\n")
    contenders = {"new/my": identity(resolve("new/my.py", tmp_path))}
    about: dict[str, Any] = {key: {} for key in ("machine", "python", "blas", "packages", "git")}
    header = {"seed": 0, "quick": False, "fingerprint": about, "corpus": "c"}
    with ResultsWriter(tmp_path / "v.jsonl", {**header, "contenders": contenders}) as results:
        for name in ("old/my", "new/my", "odd/my"):
            its = {"implementation": name, "formula": "relu", "dtype": "float64"}
            found = {"verdict": "conforms", "variant": None, "ulp": 0.0, "detail": ""}
            results.write({"kind": "verdict", **its, **found})
    return tmp_path


FILES = ("--verdicts=v.jsonl", "--results=t.jsonl", "--quiet", "--quick")
GATE = ("check", "--count", *FILES, "--fail-if-more-instructions")


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize(("most", "status"), [("1%", 1), ("24%", 1), ("26%", 0)])
def test_more_instructions_fail_a_gate_without_a_clock(
    here: Path, capsys: pytest.CaptureFixture[str], most: str, status: int
) -> None:
    assert main([*GATE, most, "new/my.py", "--baseline=old/my.py"]) == status
    said = "new/my relu float64, 1,000: 1.250 of old/my's instructions (5,000 and 4,000)"
    assert said in capsys.readouterr().out
    results = read_results(here / "t.jsonl")
    [record] = results.of_kind("count")
    RESULTS.validate(record)
    assert not results.of_kind("block")
    told = page(results, here)
    assert "| new/my | float64 | 1,000 | 1.250 | 5,000 | 4,000 | – |" in told
    assert "They are not time" in told


@pytest.mark.usefixtures("faked", "here")
def test_who_fails_under_the_counter_has_a_reason_and_passes_no_gate_for_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*GATE, "1%", "odd/my.py", "new/my.py", "--baseline=old/my.py"]) == 1
    assert "odd/my relu float64, 1,000: instructions not counted: broke" in capsys.readouterr().out
    assert main([*GATE, "1%", "odd/my.py", "--baseline=old/my.py"]) == 2  # nobody is left
    assert "nothing was counted" in capsys.readouterr().err


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize(
    ("clock", "noted"), [("faster", "faster with more instructions"), ("slower", None), ("", None)]
)
def test_a_clock_that_says_otherwise_is_named(here: Path, clock: str, noted: str | None) -> None:
    start = {name: lambda: Contender(resolve("new/my.py", here)) for name in TAKES}
    for name, make in start.items():
        start[name] = lambda make=make, name=name: _called(make(), name)  # type: ignore[misc]
    it = Counts(Settings("old/my"), here, "a fake", start, start)
    admitted = {SMALL: ["old/my", "new/my"], LARGE: ["old/my", "new/my"]}
    timed = {(SMALL, "new/my"): {"verdict": clock}} if clock else {}
    [record] = it.run(admitted, (), timed)
    assert record.get("disagrees") == noted
    assert list(it.run(admitted, [(SMALL, "new/my")], timed)) == []


@pytest.mark.usefixtures("faked")
def test_calls_that_take_nothing_are_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    """What is done in the first of many calls alone would pass every gate."""
    monkeypatch.setattr(f"{__name__}.TAKES", {**TAKES, "new/my": -10.0})
    assert main([*GATE, "1%", "new/my.py", "--baseline=old/my.py"]) == 2
    assert "nothing was counted" in capsys.readouterr().err
    [record] = read_results(here / "t.jsonl").of_kind("count")
    assert record["reason"].startswith("twice as many calls take no more instructions")


def _called(contender: Contender, name: str) -> Contender:
    contender.name = name
    return contender


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--fail-if-more-instructions=1%"], "only with --count"),
        (["--count", "--fail-if-slower"], "--fail-if-slower: only with --time"),
        (["--count", "--shard=1/2"], "leave out --count"),
        (["--count", "--fail-if-more-instructions=1"], "expected a percentage"),
    ],
)
@pytest.mark.usefixtures("faked")
def test_what_means_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], asked: list[str], said: str
) -> None:
    try:
        status: object = main(["check", "reference", *asked])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def anew() -> Iterator[None]:
    counter.cache_clear()
    yield
    counter.cache_clear()


@pytest.mark.usefixtures("anew")
def test_without_a_counter_one_sentence_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["check", "reference", "--count"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "ERROR: --count needs Valgrind, which is not here: there is no program valgrind on the"
        " PATH\n"
    )


CODE = """
import sys
import numpy as np

def relu(z):
    return np.maximum(z, 0)

def sigmoid(z):  # ten times as much
    for _ in range(9):
        np.maximum(z, 0)
    return np.maximum(z, 0)

known = {}
def tanh(z):  # the same, if it was not asked before
    key = z.tobytes()
    if key not in known:
        known[key] = sigmoid(z)
    return known[key]

def softplus(z):  # another answer while it is counted
    return z if sys._getframe(1).f_code.co_name == "called_on" else np.maximum(z, 0)

class SGD:
    def __init__(self, lr):
        self.lr = lr
    def step(self, w, grad):
        return w - self.lr * grad

class Later:
    def __init__(self, z):
        self.z = z
    def __array__(self, dtype=None, copy=None):
        return np.sin(np.exp(-np.sin(np.exp(self.z))))
def silu(z):  # computed where it is looked at
    return Later(z)
def synchronize(value):
    pass
"""


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no Valgrind here")
@pytest.mark.thorough
def test_instructions_are_those_of_the_work_that_is_done(tmp_path: Path) -> None:
    """In one process, which takes seconds to start."""
    (tmp_path / "mine.py").write_text(CODE)
    drawn = np.random.default_rng(0).standard_normal((2, 1000))
    for name, array in zip("zg", drawn, strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    z, g = tmp_path / "z.npy", tmp_path / "g.npy"
    target = resolve("mine.py", tmp_path)
    with (
        Contender(target, conditions=conditions(1, counts=True), timeout=60) as counted,
        Contender(target) as uncounted,
    ):
        timer = Timer(counted)

        def taken(job: Job) -> tuple[float, str]:
            timer.prepare(job)
            found = timer.count(8)
            return found.instructions, objection_to(found, job, uncounted)

        once, fine = taken(Job("relu", (z,)))
        ten_times, _ = taken(Job("sigmoid", (z,)))
        as_if_new, _ = taken(Job("tanh", (z,)))
        step, honest = taken(Job("SGD", (z, g), {"lr": 0.1}))
        _, lazy = taken(Job("silu", (z,)))
        _, another = taken(Job("softplus", (z,)))
    assert fine == honest == ""
    assert 8 < ten_times / once < 10  # around it is a loop that is everybody's
    assert as_if_new > ten_times
    assert step > once
    assert "computed as they are looked at" in lazy
    assert "is not what it answers otherwise" in another

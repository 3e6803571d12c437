"""One run, divided: over shards or over a cluster's workers, its file has the same bytes."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gradmark.command import main
from gradmark.command.line import BROKEN
from gradmark.conformance.engine.cluster import (
    ClusterLostError,
    _result,
    _workers_here,
    on_cluster,
)
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.run import conduct, conduct_divided
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import Results, ResultsWriter, read_results

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
# Right, and writes down who has it judged: its judge's process, which is two above.
TOLD = """
import os, pathlib
def relu(z):
    keeper = open(f"/proc/{os.getppid()}/stat").read()
    note = pathlib.Path(__file__).with_suffix(".pid")
    if not note.exists():
        note.write_text(keeper.rpartition(")")[2].split()[1])
        import time
        time.sleep(5)
    return (z + abs(z)) / 2
"""
FILES = {
    "right.py": RIGHT,
    "wrong.py": "def relu(z):\n    return abs(z)\ndef mse_loss(a, b):\n    return 1 / 0\n",
    "empty.py": "def helper():\n    pass\n",
}


class Divided:
    """A folder with contenders, their whole run, and its three shards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).write_text(text)
        self.whole = self.run("whole")
        self.shards = [self.run(f"shard-{at}", shard=(at, 3)) for at in (1, 2, 3)]

    def plan(self, **about: Any) -> Plan:
        formulas = ("mse_loss", "relu")
        asked = {"settings": Settings(examples=1, quick=True), **about}
        return Plan(tuple(FILES), self.folder, formulas, ("float64",), **asked)

    def run(self, name: str, **about: Any) -> Path:
        path = self.folder / f"{name}.jsonl"
        conduct(self.plan(**about), results=path)
        return path

    def merge(self, *shards: Path) -> tuple[int, Path]:
        merged = self.folder / "merged.jsonl"
        merged.unlink(missing_ok=True)
        return main(["merge", *map(str, shards), f"--results={merged}"]), merged


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Divided]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("divided")
        patch.chdir(folder)
        yield Divided(folder)


def keys(run: Results) -> list[tuple[str, str]]:
    return [(record["implementation"], record["formula"]) for record in run.of_kind("verdict")]


def test_shards_hold_each_question_once_and_are_alike_in_number(divided: Divided) -> None:
    held = [keys(read_results(shard)) for shard in divided.shards]
    assert [len(each) for each in held] == [2, 2, 2]
    assert sorted(itertools.chain(*held)) == sorted(keys(read_results(divided.whole)))


def test_merged_in_any_order_they_are_the_single_run(divided: Divided) -> None:
    status, merged = divided.merge(*reversed(divided.shards))
    assert status == 1  # as the single run's: a verdict fails
    assert merged.read_bytes() == divided.whole.read_bytes()


def test_a_shard_that_is_missing_or_no_shard_is_named(
    divided: Divided, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three = divided.shards
    cut = divided.folder / "cut.jsonl"
    cut.write_bytes(b"".join(two.read_bytes().splitlines(keepends=True)[:-1]))
    twin = divided.folder / "twin.jsonl"
    twin.write_bytes(one.read_bytes())
    for given, said in (
        ((three, one), "missing of 3 shards: 2"),
        ((one, cut, three), "cut.jsonl: that run was cut off"),
        ((one, twin, three), "shard 1 is given twice"),
        ((divided.whole,), "whole.jsonl: no shard"),
    ):
        status, merged = divided.merge(*given)
        assert (status, merged.exists()) == (2, False)
        assert said in capsys.readouterr().err


def test_a_shard_of_another_run_is_refused_and_what_differs_is_named(
    divided: Divided, capsys: pytest.CaptureFixture[str]
) -> None:
    one, _, three = divided.shards
    (divided.folder / "right.py").write_text(RIGHT + "# another\n")
    others = {
        "seed: 0 there, 5 now": divided.run("seed", settings=Settings(5, 1, True), shard=(2, 3)),
        "contenders.right: ": divided.run("code", shard=(2, 3)),
    }
    (divided.folder / "right.py").write_text(RIGHT)
    narrow = Plan(("right.py",), divided.folder, ("relu",), shard=(2, 3))
    others["shard.questions"] = divided.folder / "narrow.jsonl"
    conduct(narrow, results=others["shard.questions"])
    for said, other in others.items():
        status, merged = divided.merge(one, other, three)
        assert (status, merged.exists()) == (2, False)
        assert said in capsys.readouterr().err


def test_another_machine_may_have_judged(divided: Divided) -> None:
    one, two, three = divided.shards
    run = read_results(two)
    run.header["fingerprint"]["machine"]["cpu"] = "another"
    elsewhere = divided.folder / "elsewhere.jsonl"
    with ResultsWriter(elsewhere, run.header) as other:
        for record in run.records:
            other.write(record)
    assert divided.merge(one, elsewhere, three)[0] == 1


# --- a cluster ------------------------------------------------------------------------------------


def test_a_scheduler_that_is_gone_ends_a_run_in_a_sentence() -> None:
    pytest.importorskip("distributed")
    future = Mock()
    future.result.side_effect = CancelledError
    with pytest.raises(ClusterLostError, match="the scheduler is gone; --resume") as caught:
        _result("mine", [("relu", "float64")], [], future)
    assert caught.value.status == BROKEN


def test_a_worker_that_is_killed_while_it_starts_is_started_again() -> None:
    dask, said = Mock(), list[str]()
    dask.LocalCluster.side_effect = [RuntimeError("Nanny failed to start."), "a cluster"]
    assert _workers_here(dask, 2, said.append) == "a cluster"
    assert said == ["--cluster: Nanny failed to start."]
    dask.LocalCluster.side_effect = RuntimeError("Nanny failed to start.")
    with pytest.raises(ClusterLostError, match="cannot be started here: Nanny failed to start"):
        _workers_here(dask, 2, said.append)


@pytest.mark.thorough
def test_a_worker_that_is_killed_costs_a_repetition_and_no_byte(divided: Divided) -> None:
    """A scheduler and workers of our own, on this machine."""
    pytest.importorskip("distributed")
    (divided.folder / "told.py").write_text(TOLD)
    plan = Plan(
        ("told.py", "wrong.py"),
        divided.folder,
        ("relu",),
        ("float64",),
        Settings(examples=1, quick=True),
    )
    conduct(plan, results=divided.folder / "here.jsonl")
    note = divided.folder / "told.pid"
    note.unlink()
    said: list[str] = []
    killed: list[int] = []

    def kill() -> None:
        while not note.exists() or not note.read_text():
            time.sleep(0.05)
        killed.append(int(note.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    there = divided.folder / "there.jsonl"
    conduct(plan, results=there, cluster="dask", jobs=2, say=said.append)
    killer.join(1)
    assert killed
    assert there.read_bytes() == (divided.folder / "here.jsonl").read_bytes()
    assert [line for line in said if line.startswith("told, relu float64: judged again")]


@pytest.mark.parametrize(
    ("cluster", "said"),
    [("ray", "expected dask or dask=ADDRESS"), ("dask=tcp://127.0.0.1:9", "no scheduler answers")],
)
def test_what_is_no_cluster_is_a_usage_error(
    divided: Divided, cluster: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("gradmark.conformance.engine.cluster.PATIENCE", 0.5)
    plan = divided.plan()
    with pytest.raises(UsageError, match=said):
        next(on_cluster(cluster, 1)(plan, (), print))


@pytest.mark.thorough
def test_what_several_processes_share_has_the_bytes_of_one(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(FILES["wrong.py"])
    plan = Plan(("wrong.py",), tmp_path, ("mse_loss", "relu"), settings=Settings(0, 1, quick=True))
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    conduct(plan, results=one)
    told: list[Any] = []
    run = conduct_divided(plan, two, jobs=2, tell=told.append)
    assert two.read_bytes() == one.read_bytes()
    assert tuple(run.verdicts.values()) == read_results(one).of_kind("verdict")
    assert len(told) == len(run.verdicts) == 4

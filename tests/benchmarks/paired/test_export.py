import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradmark.benchmarks.paired.export import document, save
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.results import Results, ResultsWriter, read_results

ADAM = {"formula": "Adam", "dtype": "float64", "params": {"parameters": 1000}}
RELU = {"formula": "relu", "dtype": "float32", "params": {"elements": 1000}}
REFERENCE = (1e-3, 2e-3, 3e-3, 4e-3, 5e-3)
MINE = (1.5e-3, 2e-3, 2.5e-3, 3e-3, 3.5e-3)


def blocks(name: str, seconds: tuple[float, ...], calls: int, **about: Any) -> list[dict[str, Any]]:
    return [
        {"kind": "block", "implementation": name, **about, "process": process, "round": 0}
        | {"calls": calls, "seconds": each}
        for process, each in enumerate(seconds)
    ]


def pair(name: str, **about: Any) -> dict[str, Any]:
    found = {"ratio": 0.5, "low": 0.4, "high": 0.6, "interval": "99%", "verdict": "faster"}
    times = {"seconds": 2e-3, "baseline_seconds": 3e-3}
    asked = {"kind": "pair", "implementation": name, "baseline": "reference", "margin": 0.05}
    return {**asked, **about, **found, **times, "processes": 5, "rounds": 5}


@pytest.fixture
def run(tmp_path: Path) -> Results:
    """A run of two contenders; one of them broke in relu after its blocks."""
    header = {"seed": 7, "quick": False, "fingerprint": fingerprint(), "corpus": "none"}
    asked = {"baseline": "reference", "margin": 0.05, "budget": 20.0, "threads": 1}
    with ResultsWriter(tmp_path / "t.jsonl", header | asked) as results:
        for record in (
            *blocks("reference", REFERENCE, 8, **ADAM),
            *blocks("my_adam", MINE, 16, **ADAM),
            pair("my_adam", **ADAM),
            *blocks("reference", REFERENCE, 8, **RELU),
            *blocks("my_adam", MINE, 16, **RELU),
        ):
            results.write(record)
    return read_results(tmp_path / "t.jsonl")


def test_pytest_benchmark_sets_the_contenders_of_a_workload_side_by_side(
    run: Results, tmp_path: Path
) -> None:
    save(run, tmp_path / "b.json")
    columns = "--columns=min,max,mean,median,iqr,rounds,iterations"
    done = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", "b.json", columns, "--sort=name"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    title, head, _, mine, reference, *_ = done.stdout.split("\n")[1:]
    assert "benchmark 'Adam float64, 1,000': 2 tests" in title
    assert "relu" not in done.stdout  # nobody was compared there
    assert head.startswith("Name (time in ms)")
    # By hand, with quartiles as pytest-benchmark has them: 1.875 and 3.125, 1.75 and 4.25.
    assert mine.split() == [
        "my_adam",
        "1.5000", "(1.50)", "3.5000", "(1.0)", "2.5000", "(1.0)", "2.5000", "(1.0)",
        "1.2500", "(1.0)", "5", "16",
    ]  # fmt: skip
    assert reference.split() == [
        "reference",
        "1.0000", "(1.0)", "5.0000", "(1.43)", "3.0000", "(1.20)", "3.0000", "(1.20)",
        "2.5000", "(2.00)", "5", "8",
    ]  # fmt: skip


def test_pytest_compares_with_the_file_and_takes_the_machine_for_the_same(
    run: Results, tmp_path: Path
) -> None:
    save(run, tmp_path / "b.json")
    plugin = ["-p", "pytest_benchmark.plugin"]  # others would take most of the time
    options = [
        "-q",
        "--gradmark-quick",
        "-k",
        "relu-1e3",
        f"--benchmark-compare={tmp_path / 'b.json'}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "benchmarks/suite", *plugin, *options],
        cwd=CHECKOUT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    # It warns where a machine differs.
    assert done.stderr == f"Comparing against benchmarks from: {tmp_path / 'b.json'}\n"
    assert "1 passed" in done.stdout


def test_the_ratio_stands_beside_the_times_it_is_of(run: Results) -> None:
    made = document(run)
    reference, mine = made["benchmarks"]
    assert (reference["name"], mine["name"]) == ("reference", "my_adam")
    assert mine["stats"]["data"] == list(MINE)
    assert mine["extra_info"]["ratio"] == 0.5
    assert mine["params"] == {
        "formula": "Adam", "dtype": "float64", "parameters": 1000, "contender": "my_adam"
    }  # fmt: skip
    assert reference["extra_info"] == {"baseline": "reference"}
    assert len({each["fullname"] for each in made["benchmarks"]}) == 2
    assert made["gradmark"]["seed"] == 7
    assert "node" not in made["machine_info"]


def test_a_file_is_replaced_whole_or_not_at_all(
    run: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    path.write_text("{}")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", _no_room)
        with pytest.raises(OSError, match="disk is full"):
            save(run, path)
    assert path.read_text() == "{}"
    save(run, path)
    assert json.loads(path.read_text())["benchmarks"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.json", "t.jsonl"]


def _no_room(path: Path, *_: object, **__: object) -> None:
    path.write_bytes(b"{")
    raise OSError(errno.ENOSPC, "disk is full")

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from benchmarks import calibrate
from benchmarks.paired.calibration import EXTRA, Trial, noise, trials
from benchmarks.paired.settings import Settings
from harness.resolve import CHECKOUT
from harness.results import read_results
from reports.calibration import page

SCHEMA = json.loads((CHECKOUT / "harness" / "results.schema.json").read_text(encoding="utf-8"))


class _KilledError(Exception):
    """Stands for a kill."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Trial, Settings]]:
    """Let a comparison take no time, and find the truth within 1 %."""
    asked: list[tuple[Trial, Settings]] = []

    def compare(trial: Trial, settings: Settings, _: Path) -> dict[str, Any]:
        asked.append((trial, settings))
        truth = 1 + trial.extra / 100
        interval = {"ratio": truth, "low": truth / 1.01, "high": 1.01 * truth}
        return {**interval, "processes": 8, "rounds": 160}

    monkeypatch.setattr(calibrate, "compare", compare)
    return asked


def run(folder: Path, *arguments: str) -> int:
    files = ["--results", str(folder / "c.jsonl"), "--neighbours=2", "--quiet"]
    return calibrate.main([*arguments, *files])


def test_every_kind_is_tried_in_turn_with_seeds_of_their_own(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    assert run(tmp_path, "--trials=3", "--budget=7") == 0
    assert [trial for trial, _ in asked] == 3 * trials(2)
    assert len(trials(2)) == 2 * len(EXTRA)
    assert [settings.seed for _, settings in asked[:: len(trials(2))]] == [0, 1, 2]
    assert {settings.budget for _, settings in asked} == {7}
    results = read_results(tmp_path / "c.jsonl")
    for record in (results.header, *results.records[:3], results.footer):
        jsonschema.validate(record, SCHEMA)


def test_a_trial_is_judged_by_each_margin(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    run(tmp_path, "--trials=1")
    assert asked
    records = read_results(tmp_path / "c.jsonl").of_kind("trial")
    verdicts = {r["extra"]: r["verdicts"] for r in records if r["neighbours"] == 0}
    assert verdicts == {
        0: {"2": "same", "5": "same"},
        2: {"2": "inconclusive", "5": "same"},
        5: {"2": "slower", "5": "inconclusive"},
        10: {"2": "slower", "5": "slower"},
        20: {"2": "slower", "5": "slower"},
    }


def test_a_calibration_that_was_cut_off_goes_on(
    tmp_path: Path, asked: list[tuple[Trial, Settings]], monkeypatch: pytest.MonkeyPatch
) -> None:
    through = getattr(calibrate, "compare")  # noqa: B009 - the stand-in, which it does not export

    def killed(trial: Trial, settings: Settings, folder: Path) -> dict[str, Any]:
        if len(asked) == 4:
            raise _KilledError
        found: dict[str, Any] = through(trial, settings, folder)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(calibrate, "compare", killed)
        with pytest.raises(_KilledError):
            run(tmp_path, "--trials=1")
    assert not read_results(tmp_path / "c.jsonl").complete
    assert run(tmp_path, "--trials=1", "--resume") == 0
    assert [trial for trial, _ in asked] == trials(2)
    assert read_results(tmp_path / "c.jsonl").complete


def test_the_page_counts_verdicts_and_draws_the_power(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    run(tmp_path, "--trials=2")
    assert len(asked) == 2 * len(trials(2))
    text = page(read_results(tmp_path / "c.jsonl"), tmp_path)
    small = text.partition("## Margin 2 %")[2].partition("## Margin 5 %")[0]
    assert "| quiet | 5 % | 2 | 0 | 0 | 0 | 1.050 | 2 of 2 | 0 s |" in small
    assert "| 2 | 2 % | 0 | 0 | 0 | 2 | 1.020 | 2 of 2 | 0 s |" in small
    assert (tmp_path / "calibration_power.png").stat().st_size > 10_000


def test_neighbours_work_until_they_are_ended() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    with noise(3, seed=0):
        assert len(set(children.read_text().split()) - before) == 3
    assert set(children.read_text().split()) - before == set()

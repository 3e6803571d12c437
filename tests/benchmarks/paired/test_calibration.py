import os
from pathlib import Path

import pytest

from gradmark.benchmarks.paired import elsewhere, trials
from gradmark.benchmarks.paired.calibration import BASELINE, CONTENDER, EXTRA, MARGINS, Trial, noise
from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.settings import Settings
from gradmark.command import main
from gradmark.harness.results import read_results
from gradmark.reports.calibration import page
from tests.schemas import RESULTS


class _KilledError(BaseException):
    """Stands for a kill."""


ALL = [Trial(extra, margin, noisy) for noisy in (0, 2) for margin in MARGINS for extra in EXTRA]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Trial, Settings]]:
    """Let a comparison take no time, and find the truth exactly."""
    asked: list[tuple[Trial, Settings]] = []

    def compare(trial: Trial, settings: Settings, _: Path) -> tuple[Record, list[Record]]:
        asked.append((trial, settings))
        truth = 1 + trial.extra / 100
        verdict = "slower" if trial.extra > trial.margin else "same"
        interval = {"ratio": truth, "low": truth / 1.01, "high": 1.01 * truth}
        blocks = [
            {"implementation": name, "process": process, "round": turn, "seconds": seconds}
            for process in range(4)
            for turn in range(
                25
            )  # so many that asv approximates: counting all ways takes it seconds
            for name, seconds in ((BASELINE, 1e-4), (CONTENDER, truth * 1e-4))
        ]
        return {**interval, "verdict": verdict, "processes": 4, "rounds": 100}, blocks

    monkeypatch.setattr(trials, "compare", compare)
    return asked


def run(folder: Path, *arguments: str) -> int:
    files = ["--results", str(folder / "c.jsonl"), "--quiet"]
    if not any(argument.startswith("--neighbours") for argument in arguments):
        files += ["--neighbours=0", "--neighbours=2"]
    return main(["calibrate", *arguments, *files])


def test_every_kind_is_tried_in_turn_with_seeds_of_their_own(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    assert run(tmp_path, "--trials=3", "--budget=7") == 0
    assert [trial for trial, _ in asked] == 3 * ALL
    assert [settings.seed for _, settings in asked[:: len(ALL)]] == [0, 1, 2]
    assert {settings.budget for _, settings in asked} == {7}
    assert all(settings.margin == trial.margin / 100 for trial, settings in asked)
    results = read_results(tmp_path / "c.jsonl")
    for record in (results.header, *results.records[:3], results.footer):
        RESULTS.validate(record)


def test_only_the_kinds_asked_for_are_tried_and_more_of_them_with_resume(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    chosen = "--extra=5", "--extra=10", "--margin=2", "--neighbours=3"
    run(tmp_path, "--trials=2", *chosen)
    assert [trial for trial, _ in asked] == 2 * [Trial(5, 2, 3), Trial(10, 2, 3)]
    asked.clear()
    run(tmp_path, "--trials=3", *chosen, "--resume")
    assert [settings.seed for _, settings in asked] == [2, 2]
    assert len(read_results(tmp_path / "c.jsonl").of_kind("trial")) == 6


def test_the_same_blocks_are_put_to_the_other_tools(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    run(tmp_path, "--trials=1", "--margin=5", "--neighbours=0")
    assert asked
    results = read_results(tmp_path / "c.jsonl")
    assert results.header["elsewhere"].keys() == {"pytest-benchmark", "pyperf", "asv"}
    for record in results.of_kind("trial"):
        if record["extra"] != 5:  # without any noise all know, but for what is just at the margin
            beyond = dict.fromkeys(results.header["elsewhere"], record["extra"] > 5)
            assert record["slower_elsewhere"] == beyond


def test_a_calibration_that_was_cut_off_goes_on(
    tmp_path: Path, asked: list[tuple[Trial, Settings]], monkeypatch: pytest.MonkeyPatch
) -> None:
    through = getattr(trials, "compare")  # noqa: B009 - the stand-in, which it does not export

    def killed(trial: Trial, settings: Settings, folder: Path) -> tuple[Record, list[Record]]:
        if len(asked) == 4:
            raise _KilledError
        found: tuple[Record, list[Record]] = through(trial, settings, folder)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(trials, "compare", killed)
        with pytest.raises(_KilledError):
            run(tmp_path, "--trials=1")
    assert not read_results(tmp_path / "c.jsonl").complete
    assert run(tmp_path, "--trials=1", "--resume") == 0
    assert [trial for trial, _ in asked] == ALL
    assert read_results(tmp_path / "c.jsonl").complete


def test_the_page_counts_verdicts_and_draws_the_power(
    tmp_path: Path, asked: list[tuple[Trial, Settings]]
) -> None:
    run(tmp_path, "--trials=2")
    assert len(asked) == 2 * len(ALL)
    text = page(read_results(tmp_path / "c.jsonl"), tmp_path)
    alarms, _, margins = text.partition("## Margin 2 %")
    small, _, large = margins.partition("## Margin 5 %")
    assert "| quiet | 0 of 4 | 49 % |" in alarms
    # slower, same, faster, inconclusive; asv, pyperf, pytest-benchmark
    assert "| quiet | 5 % | 2 | 0 | 0 | 0 | 2 | 2 | 2 | 1.050 | 2 of 2 | 0 s |" in small
    assert "| 2 | 0 % | 0 | 2 | 0 | 0 | 0 | 0 | 0 | 1.000 | 2 of 2 | 0 s |" in small
    assert "| 2 | 10 % | 2 | 0 | 0 | 0 | 2 | 2 | 2 | 1.100 | 2 of 2 | 0 s |" in large
    assert (tmp_path / "calibration_power.png").stat().st_size > 10_000


def test_a_page_without_other_tools_says_so(
    tmp_path: Path, asked: list[tuple[Trial, Settings]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "RULES", {})
    run(tmp_path, "--trials=1", "--neighbours=0")
    assert asked
    assert "Installed were: none." in page(read_results(tmp_path / "c.jsonl"), tmp_path)


def test_neighbours_work_until_they_are_ended() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    with noise(3, seed=0):
        assert len(set(children.read_text().split()) - before) == 3
    assert set(children.read_text().split()) - before == set()


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--trials=0", "--trials: expected a count, got 0"),
        ("--budget=-1", "--budget: expected a positive number, got -1"),
        ("--extra=-5", "--extra: expected a whole number from 0 on, got -5"),
        ("--extra=5%", "--extra: expected a whole number from 0 on, got 5%"),
        ("--margin=0", "--margin: expected a count, got 0"),
        ("--neighbours=-1", "--neighbours: expected a whole number from 0 on, got -1"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argument: str, said: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path, argument)
    assert said in capsys.readouterr().err
    assert not (tmp_path / "c.jsonl").exists()

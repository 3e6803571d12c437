import re
from pathlib import Path

import pytest

from gradmark.benchmarks.paired.progress import Show
from gradmark.benchmarks.paired.record import Samples
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.workloads import Workload

WORKLOAD = Workload("compute_gradients", "float32", (("batch", 1024), ("width", 1024)))
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def samples(name: str) -> Samples:
    """Two processes, and so a wide interval: it takes its room, too."""
    blocks = [
        {"kind": "block", "implementation": who, "formula": WORKLOAD.formula}
        | {"dtype": WORKLOAD.dtype, "params": WORKLOAD.params, "process": process, "round": turn}
        | {"calls": 1, "seconds": seconds * (1.2 if process and who == name else 1)}
        for who, seconds in (("reference", 1e-3), (name, 2e-3))
        for process in (0, 1)
        for turn in range(5)
    ]
    admitted = {WORKLOAD: ["reference", name]}
    return Samples(Settings("reference", budget=60.0), admitted, lambda _: None, blocks)


@pytest.mark.parametrize("name", ["my", "numpy_inplace_in_its_second_version"])
@pytest.mark.parametrize("columns", [36, 60, 80, 109, 110, 200])
def test_progress_is_one_line_that_leaves_room_for_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, columns: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "24")
    with Show(quiet=False) as show:
        show.samples = samples(name)
        show.watch(WORKLOAD, name)
    drawn = [CONTROL.sub("", line) for line in re.split("[\r\n]", capsys.readouterr().err)]
    assert max(map(len, drawn)) <= columns - len("^C") - 1
    if columns < 60:
        return  # what is cut off does not matter there
    [last, *_] = [line for line in reversed(drawn) if line.strip()]
    assert last.startswith("comp")
    assert f" · {name[:2]}" in last
    assert re.search(r" 2\.191 \[.*\] ", last)
    assert re.search(r"at most [-0-9]:[-0-9]{2}:[-0-9]{2}", last)
    assert ("━" in last) == (columns >= 110)


def test_what_will_be_timed_and_for_how_long_is_told_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with Show(quiet=False) as show:
        show.announce(samples("my"))
    told = "timing my at 1 formulas, dtypes and sizes: 60 s at most, unless a line says otherwise"
    assert told in capsys.readouterr().err


def test_quiet_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Show(quiet=True) as show:
        show.samples = samples("my")
        show.say(f"building {tmp_path}")
        show.watch(WORKLOAD, "my")
        show.conclude({})
    assert capsys.readouterr() == ("", "")


def test_who_is_withheld_is_told_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    about = {"kind": "withheld", "implementation": "my", "formula": "relu", "dtype": "float64"}
    with Show(quiet=True) as show:
        show.tell(about | {"params": {"elements": 10}, "reason": "it computes in other processes"})
        show.tell(about | {"params": None, "reason": "deviates"})  # the verdict has said so
        show.conclude({})
    told = "my relu float64, 10: withheld: it computes in other processes\n"
    assert capsys.readouterr().out == told

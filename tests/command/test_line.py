"""What goes wrong around a run is told in a sentence, at its start, and is never status 1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradmark.command import main
from gradmark.command.line import BROKEN, KILLS, USAGE, interruptible

BAD = "\x1b[31m\u202ename"  # red from here on, and read from right to left


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in a folder with one wrong contender, and let nobody judge it."""
    (tmp_path / "mine.py").write_text("def relu(z):\n    return abs(z)\n")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)

    def judged(*_: object, **__: object) -> None:
        raise AssertionError("this was to be told before anything was judged")

    with monkeypatch.context() as patch:
        patch.setattr("gradmark.command.check.conduct", judged)
        yield


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--junitxml=/proc/x",), BROKEN, "ERROR: /proc/x: "),
        (("--results=/proc/x",), BROKEN, "ERROR: /proc/x: "),
        (("--out=/proc/x",), BROKEN, "ERROR: /proc/x: "),
        (("--out=mine.py",), BROKEN, "ERROR: mine.py: "),
        (("--junitxml=folder",), USAGE, "--junitxml: folder is a folder; name a file"),
        (("--results=folder",), USAGE, "--results: folder is a folder; name a file"),
        (("--time", "--benchmark-json=/proc/x"), BROKEN, "ERROR: /proc/x: "),
        (("--junitxml=one", "--results=./one"), USAGE, "one cannot be both"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_told_before_anything_is_judged(
    options: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "mine.py", *options]) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check", f"--{BAD}"], [BAD], ["check", BAD], ["list", BAD]])
def test_what_was_typed_is_shown_and_not_obeyed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as stopped:
        status = stopped.code
    assert status == USAGE
    said = capsys.readouterr().err
    assert r"\x1b[31m\u202ename" in said
    assert not set(BAD[:1] + BAD[5]) & set(said)


def test_a_typing_error_costs_no_finished_results(tmp_path: Path) -> None:
    finished = tmp_path / "reports" / "out" / "results" / "conformance.jsonl"
    finished.parent.mkdir(parents=True)
    finished.write_text("finished")
    with pytest.raises(SystemExit) as stopped:
        main(["report", "--quik"])
    assert stopped.value.code == USAGE
    assert finished.read_text() == "finished"


CHECK = f"{sys.executable} -m gradmark check mine.py --quick --quiet --formula relu --dtype float64"


@pytest.mark.parametrize(
    ("streams", "status", "said"),
    [
        (">&-", BROKEN, "standard output is closed"),
        (">/dev/full", BROKEN, "No space left on device"),
        ("| true", BROKEN, "standard output was closed before all was said"),
        ("2>&- <&- >told", 1, ""),
    ],
)
@pytest.mark.sweep
def test_streams_of_any_kind_are_no_verdict(streams: str, status: int, said: str) -> None:
    shell = f"set -o pipefail; {CHECK} {streams}"
    surroundings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        ["bash", "-c", shell], env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == (status == BROKEN)
    if status == 1:
        assert r"\u2717 relu: deviates (absolute-value)" in Path("told").read_text()


class _InterruptedAtItsEnd:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def _interrupted() -> None:
    _InterruptedAtItsEnd()
    time.sleep(10)


@pytest.fixture
def _heard() -> Iterator[None]:
    """Let SIGINT interrupt here: a worker of pytest-xdist ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", KILLS)
def test_a_polite_kill_interrupts_unless_it_is_ignored(number: int) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)  # as nohup does
        with interruptible():
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


@pytest.mark.usefixtures("_heard")
def test_an_interrupt_that_meets_a_destructor_still_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        _interrupted()


def test_without_docstrings_forms_have_no_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gradmark.command.line.__doc__", None)  # as -OO leaves it
    assert main(["check", "mine.py"]) == USAGE
    assert "-OO" in capsys.readouterr().err

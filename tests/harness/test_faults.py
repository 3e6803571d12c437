"""Whatever a contender does, the host says what it was, and the other formulas are judged."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gradmark.harness import process
from gradmark.harness.host import (
    Contender,
    ContenderCrash,
    ContenderFailure,
    ContenderFault,
    ContenderTimeout,
)
from gradmark.harness.resolve import CHECKOUT, resolve

CONTENDERS = Path(__file__).parent / "contenders"


@pytest.fixture(scope="module")
def _hostile() -> Iterator[Contender]:
    with Contender(resolve("hostile.py", CONTENDERS)) as contender:
        yield contender


@pytest.fixture
def hostile(_hostile: Contender) -> Iterator[Contender]:
    """Whatever it did, everything else must work."""
    _hostile.timeout = 30
    yield _hostile
    _hostile.timeout = 30
    assert_the_rest_works(_hostile)


def assert_the_rest_works(contender: Contender) -> None:
    assert contender.call("mse_loss", [1.0, 2.0], [1.0, 4.0]) == 2.0
    assert np.array_equal(contender.call("relu", [-1.0, 2.0]), [0.0, 2.0])
    assert contender.call("step_decay", 20, 1.0, 0.5, 10) == 0.25
    weights = contender.trajectory("SGD", {"lr": 0.5}, [4.0], [[2.0], [2.0]])
    assert np.array_equal(weights, [[3.0], [2.0]])


def commit(contender: Contender, deed: str) -> float:
    value = contender.call("rosenbrock", [float(code) for code in deed.encode()])
    assert isinstance(value, np.ndarray)
    return float(value)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def ends_soon(pid: int) -> bool:
    for _ in range(200):
        if not is_running(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("deed", ["sleep", "stop", "ignore_signals", "print_without_end"])
@pytest.mark.sweep
def test_what_does_not_end_is_ended(hostile: Contender, deed: str) -> None:
    assert hostile.provides  # it starts off the clock
    hostile.timeout = 0.3
    with pytest.raises(ContenderTimeout, match=r"the call took longer than 0\.3 s"):
        commit(hostile, deed)


def test_sending_has_a_time_limit_too(hostile: Contender) -> None:
    pid = int(commit(hostile, "stop_later"))
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)
    hostile.timeout = 0.3
    with pytest.raises(ContenderTimeout):
        hostile.call("relu", np.zeros(10**6))


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        ("overflow_the_stack", "died of SIGSEGV"),
        ("die_of_a_nameless_signal", "died of signal 40"),
        ("leave_a_fork_that_holds_everything", "exited with status 7"),
        ("kill_the_parent", "died of SIGKILL"),
        ("close_every_descriptor", "exited with status 1"),
        ("close_every_descriptor_and_stay", "closed the connection"),
        ("write_to_every_descriptor", "wrote unexpected bytes to the reply channel"),
    ],
)
@pytest.mark.sweep
def test_a_process_that_is_lost_is_a_crash(hostile: Contender, deed: str, end: str) -> None:
    with pytest.raises(ContenderCrash, match=f"^hostile: rosenbrock: its process {end}$"):
        commit(hostile, deed)


@pytest.mark.parametrize(
    "deed",
    [
        "print_much",
        "close_the_streams",
        "lose_the_streams",
        "print_in_a_thread",
        "terminate_the_parent",
        "ignore_signals_on_the_quiet",
        "patch_numpy",
        "delete_the_folder",
    ],
)
def test_what_harms_nobody_is_no_fault(hostile: Contender, deed: str) -> None:
    assert commit(hostile, deed) == 1.0


def test_a_fork_that_comes_back_has_no_say(hostile: Contender) -> None:
    optimizer = hostile.optimizer("SGD", lr=0.5)
    for _ in range(3):
        assert commit(hostile, "answer_twice") == 1.0
        assert optimizer.step([1.0], [1.0]) == 0.5


def test_a_process_that_dies_between_two_calls_fails_neither(hostile: Contender) -> None:
    optimizer = hostile.optimizer("SGD", lr=0.5)
    assert ends_soon(int(commit(hostile, "die_later")))
    assert_the_rest_works(hostile)
    with pytest.raises(ContenderCrash, match="the optimizer ended with its process"):
        optimizer.step([1.0], [1.0])


def test_a_machine_that_was_busy_once_is_no_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Contender(resolve("hostile.py", CONTENDERS), timeout=0.5) as hostile:
        assert commit(hostile, "sleep_once") == 1.0
        (tmp_path / "slept").unlink()
        with pytest.raises(ContenderTimeout):  # twice is no accident
            commit(hostile, "sleep_once")


def test_all_calls_together_have_a_limit() -> None:
    with Contender(resolve("hostile.py", CONTENDERS), total=0.5) as hostile:
        told = "its calls took longer than 0.5 s altogether"
        assert commit(hostile, "rest") == 1.0
        assert commit(hostile, "rest") == 1.0
        assert commit(hostile, "rest") == 1.0  # it begins below the limit
        with pytest.raises(ContenderTimeout, match=told):
            commit(hostile, "rest")
        with pytest.raises(ContenderTimeout, match=told):
            hostile.call("relu", [1.0])


def test_a_pause_of_ours_is_no_time_of_its() -> None:
    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "time", clock)
        deadline = process.Deadline(10.0)
        clock.now += 3600  # stopped, and continued
        assert deadline.slice() > 0
        for _ in range(40):
            clock.now += 0.5
            left = deadline.slice()
        assert left == 0.0  # the rest of the time, it was waited for


def test_an_answer_that_is_ready_is_taken_however_late_it_is_looked_for(hostile: Contender) -> None:
    assert hostile.provides
    real = process.Deadline.slice
    with pytest.MonkeyPatch.context() as patch:

        def late(self: process.Deadline) -> float:
            time.sleep(0.3)
            return 0.0 * real(self)

        patch.setattr(process.Deadline, "slice", late)
        assert hostile.call("step_decay", 20, 1.0, 0.5, 10) == 0.25


def test_what_is_masked_is_no_answer(hostile: Contender) -> None:
    with pytest.raises(ContenderFault, match="returned an array of which 1 entries are masked"):
        commit(hostile, "mask_everything")


# Memory


def test_asking_for_all_memory_is_a_fault(hostile: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"raised .*MemoryError: Unable to allocate 7\.28 TiB"):
        commit(hostile, "ask_for_all_memory")


def test_memory_that_is_used_up_is_there_again_for_the_next() -> None:
    with Contender(resolve("hostile.py", CONTENDERS), memory=2**28) as hostile:
        with pytest.raises(ContenderFault, match="raised MemoryError"):
            commit(hostile, "hoard_memory")
        assert np.array_equal(hostile.call("relu", np.ones(10**6)), np.ones(10**6))
        assert_the_rest_works(hostile)


def test_an_answer_of_a_gigabyte_is_not_sent(hostile: Contender) -> None:
    with pytest.raises(ContenderFault, match="returned 1073741824 bytes, expected at most 5368709"):
        commit(hostile, "answer_a_gigabyte")


def test_a_request_of_a_gigabyte_is_the_hosts_mistake(hostile: Contender) -> None:
    with pytest.raises(ValueError, match="expected at most 536870912 bytes, got 1073741824"):
        hostile.call("relu", np.broadcast_to(0.0, 2**27))


# What it raises


def test_an_exception_that_cannot_be_told_is_a_fault(hostile: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"raised an exception that cannot be told$"):
        commit(hostile, "raise_what_cannot_be_told")


def test_a_long_message_is_cut(hostile: Contender) -> None:
    with pytest.raises(ContenderFault) as caught:
        commit(hostile, "raise_a_long_story")
    assert caught.value.reason.startswith("raised RuntimeError: xxx")
    assert len(caught.value.reason) < 1000
    assert len(caught.value.traceback) < 2000


def test_a_traceback_shows_the_contenders_own_lines(hostile: Contender) -> None:
    with pytest.raises(ContenderFault) as caught:
        commit(hostile, "raise_beyond_ascii")
    line, *frames, last = caught.value.traceback.split("\n")
    assert line == "Traceback (most recent call last):"
    assert [frame.rpartition(" ")[2] for frame in frames[::2]] == [
        "rosenbrock",
        "raise_beyond_ascii",
    ]
    assert frames[2].startswith('  File "hostile.py", line ')
    assert frames[3].startswith("    raise ValueError(")
    assert last == r"ValueError: \x1b[2J\ud800"
    assert caught.value.reason.startswith(rf"raised {last} (hostile.py:")


def test_a_fault_is_told_in_the_same_words_each_time(hostile: Contender) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(ContenderFault) as caught:
            commit(hostile, "raise_beyond_ascii")
        told.append((str(caught.value), caught.value.traceback))
        hostile.close()
    assert told[0] == told[1]


def test_a_secret_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADMARK_TEST_SECRET", "2")
    with (
        Contender(resolve("hostile.py", CONTENDERS)) as hostile,
        pytest.raises(ContenderFault, match=r"raised KeyError: 'GRADMARK_TEST_SECRET'"),
    ):
        commit(hostile, "read_a_secret")


# What it leaves behind


@pytest.mark.parametrize(
    "deed", ["leave_a_child", "leave_a_daemon", "refuse_to_end", "stop_the_parent"]
)
@pytest.mark.sweep
def test_nothing_runs_on(deed: str) -> None:
    with Contender(resolve("hostile.py", CONTENDERS)) as hostile:
        pid = int(commit(hostile, deed))
        assert is_running(pid)
    assert not is_running(pid)


def test_a_keeper_that_is_held_is_let_go_and_ends_all() -> None:
    with Contender(resolve("hostile.py", CONTENDERS)) as hostile:
        pid = commit(hostile, "hold_the_parent")
        if np.isnan(pid):
            pytest.skip("nobody may attach to another process here")
        begin = time.monotonic()
    assert time.monotonic() - begin < process.PATIENCE
    assert not is_running(int(pid))


@pytest.mark.parametrize("deed", ["litter", "raise_where_it_is", "exit_while_refusing", "sleep"])
@pytest.mark.sweep
def test_no_file_stays(deed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Contender(resolve("hostile.py", CONTENDERS)) as hostile:
        with pytest.raises(ContenderFault, match="raised RuntimeError: <scratch> "):
            commit(hostile, "raise_where_it_is")  # nowhere that differs from run to run
        assert list(tmp_path.iterdir()) != []
        hostile.timeout = 0.3
        with contextlib.suppress(ContenderFailure):
            commit(hostile, deed)
    assert list(tmp_path.iterdir()) == []


HOST = """
import sys
from pathlib import Path
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

contender = Contender(resolve("hostile.py", Path(sys.argv[1])))
def commit(deed):
    return int(contender.call("rosenbrock", [float(code) for code in deed.encode()]))
print(commit("leave_a_child"), commit("leave_a_daemon"), commit("refuse_to_end"), flush=True)
commit("ignore_signals")
"""


def test_nothing_outlives_a_killed_host(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST, CONTENDERS],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdout is not None
        pids = [int(pid) for pid in host.stdout.readline().split()]
        assert len(pids) == 3
        assert all(map(is_running, pids))
        assert len(list(tmp_path.iterdir())) == 1
        os.kill(host.pid, signal.SIGKILL)
    assert all(map(ends_soon, pids))
    for _ in range(100):
        if not list(tmp_path.iterdir()):
            break
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []

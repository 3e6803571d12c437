"""Many contenders in one run, some of them hostile: a row for each, and nothing left behind.

`--crowd 200` judges two hundred, of which twenty are hostile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from time import sleep

import pytest

from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.results import read_results
from tests.conformance.running import empties

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"


def at_call(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import os, signal, sys, time\ndef relu(z):\n{body}    return (z + abs(z)) / 2\n"


# What each does beside its formula, and what may be said of it: a verdict on its mathematics only
# where its answers are at hand.
HOSTILE = (
    ("removes_itself", f"import os\nos.unlink(__file__)\n{RIGHT}", "conforms"),
    ("writes_itself", at_call("open(__file__, 'a').write('# more\\n')"), "conforms"),
    ("ends", at_call("os._exit(0)"), "crash"),
    ("closes_all", at_call("os.closerange(0, 256)"), "crash"),
    ("leaves", at_call("sys.exit(0)"), "error"),
    ("leaves_at_once", f"import sys\nsys.exit(0)\n{RIGHT}", "conforms"),
    ("is_never_done", at_call("time.sleep(600)"), "timeout"),
    ("stops", at_call("os.kill(os.getpid(), signal.SIGSTOP)"), "timeout"),
    ("stops_its_keeper", at_call("os.kill(os.getppid(), signal.SIGSTOP)"), "conforms"),
    ("kills_its_keeper", at_call("os.kill(os.getppid(), 9)"), "crash"),
    ("has_children", at_call("if os.fork() == 0:", "    os.setsid()", "    time.sleep(600)"), ""),
    ("stays", f"import atexit, time\natexit.register(time.sleep, 600)\n{RIGHT}", "conforms"),
    ("wants_memory", at_call("bytearray(10**12)"), "error"),
    ("recurses", at_call("relu(z)"), "error"),
    ("forges", at_call("for fd in range(1, 20):", "    try: os.write(fd, b'GMRK' * 9)",
                       "    except OSError: pass"), ""),
    ("answers_nonsense", "def relu(z):\n    return 10**5000\n", "error"),
    ("names_no_modules", f"import sys\nsys.modules.clear()\n{RIGHT}", ""),
    ("has_its_own_numpy", f"import numpy\nnumpy.asarray = numpy.array = len\n{RIGHT}", ""),
    ("has_its_own_time", f"import time\ntime.sleep = time.monotonic = lambda *_: 0.0\n{RIGHT}",
     "conforms"),
    ("is_no_text", "\0", "error"),
)  # fmt: skip
ACCUSES = {"deviates", "inaccurate", "dialect"}


def descriptors(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def memory(process: int) -> int:
    """Return the bytes that a process holds."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of processes on Linux")
@pytest.mark.thorough
def test_each_of_many_gets_its_row_and_nothing_is_left_behind(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    crowd = request.config.getoption("--crowd")
    folder, scratch = tmp_path / "crowd", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    hostile = HOSTILE[: max(4, crowd // 10)]
    for name, code, _ in hostile:
        (folder / f"a_{name}.py").write_text(code)
    for number in range(crowd - len(hostile)):
        (folder / f"right_{number}.py").write_text(f"{RIGHT}# {number}\n")
    asked = (
        "--formula=relu",
        "--dtype=float64",
        "--examples=1",
        "--quick",
        "--timeout=5",
        "--jobs=2",
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "gradmark", "check", ".", *asked, "--results=../r.jsonl"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src"), "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen: list[tuple[int, int]] = []
    while run.poll() is None:
        sleep(0.5)
        try:
            seen.append((descriptors(run.pid), memory(run.pid)))
        except OSError:
            break
    assert run.wait() in (0, 1)
    results = read_results(tmp_path / "r.jsonl")
    assert results.complete
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for record in results.of_kind("verdict"):
        rows[record["implementation"]].append(record["verdict"])
    assert len(rows) == crowd
    assert {tuple(found) for name, found in rows.items() if "right" in name} == {("conforms",)}
    for name, _, verdict in hostile:
        [found] = rows[f"a_{name}"]
        assert found == (verdict or found), name
        assert found not in ACCUSES, name
    assert empties(tmp_path)
    assert not list(scratch.iterdir())
    assert {path.suffix for path in folder.iterdir()} == {".py"}
    # As many as for a few contenders, and as much.
    assert max(open_ones for open_ones, _ in seen) < 40
    assert max(held for _, held in seen) < 2**27

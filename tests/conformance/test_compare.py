"""A user's comparison of contenders, from the command line to the files it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.resolve import CHECKOUT
from harness.results import Results, read_results

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
WRONG = "def relu(z):\n    return abs(z)\n"
HANGS = "import time\ntime.sleep(60)\n"
CRASHES = "import os\ndef relu(z):\n    os._exit(3)\n"
# Right, but for every seventh answer.
MOODY = """
calls = 0
def relu(z):
    global calls
    calls += 1
    return (z + abs(z)) / 2 + (calls % 7 == 0)
"""
BROKEN = "# /// script\n# dependencies = 1\n# ///\n" + RIGHT
# One verdict of each kind that --strict and --expected tell apart.
DIALECT = """
def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** ((1 + epoch) // epochs_drop)
"""
EMPTY = "def helper():\n    pass\n"
# So slow that there is time to interfere.
SLOW = RIGHT.replace("return", "time.sleep(0.15); return").replace("def", "import time\ndef")
FILES = {
    "right": RIGHT,
    "wrong": WRONG,
    "crashes": CRASHES,
    "moody": MOODY,
    "dialect": DIALECT,
    "empty": EMPTY,
    "slow": SLOW,
    "broken": BROKEN,
}


class Outcome(NamedTuple):
    """What a finished comparison says."""

    code: int
    out: str
    err: str


class Folder:
    """A user's folder with contenders in it, in which comparisons run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, body in FILES.items():
            (path / f"{name}.py").write_text(body)

    def start(self, *arguments: str, jobs: int = 2) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "conformance", *arguments]
        if not any(argument.startswith(("--formula", "--python")) for argument in arguments):
            command.append("--formula=relu")
        # A session of its own, by which what is left of it is found.
        return subprocess.Popen(
            [*command, "--examples=1", f"--jobs={jobs}"],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def compare(self, *arguments: str, jobs: int = 2) -> Outcome:
        run = self.start(*arguments, jobs=jobs)
        try:
            out, err = run.communicate(timeout=60)
        finally:
            run.kill()
        return Outcome(run.returncode, out, err)

    def results(self, name: str = "run.jsonl") -> Results:
        return read_results(self.path / name)

    def verdicts(self, name: str = "run.jsonl") -> list[tuple[str, ...]]:
        """List contender, formula, dtype, verdict and variant, in the order of the file."""
        keys = ("implementation", "formula", "dtype", "verdict", "variant")
        return [tuple(r[key] for key in keys) for r in self.results(name).of_kind("verdict")]

    def processes(self) -> list[str]:
        """List what still runs here: lanes stand in the folder, and contenders descend of them."""
        found = []
        for process in Path("/proc").iterdir():
            try:
                here = (process / "cwd").readlink() == self.path
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:  # not a process, or just ended
                continue
            if here or any(word.startswith(f"{self.path}/") for word in words):
                found.append(" ".join(words))
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    yield Folder(tmp_path)


def _until(so: Callable[[], object], seconds: float) -> bool:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not (found := so()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(found)

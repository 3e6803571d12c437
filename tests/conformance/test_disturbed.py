"""Whatever disturbs a run, and wherever it stands, its file has the bytes of the quiet run.

`--moments 50` kills it at fifty random moments instead of two.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest

from gradmark.command import main
from gradmark.harness.resolve import CHECKOUT

FILES = {
    "wrong.py": "def relu(z):\n    return abs(z)\ndef mse_loss(a, b):\n    return {1: 1}[0]\n",
    "gone.py": "import os\ndef relu(z):\n    os._exit(3)\n",
}
ASKED = ("--formula=relu", "--formula=mse_loss", "--dtype=float64", "--examples=1", "--quick")
QUIET = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
ELSEWHERE = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "7", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
)
WAYS = (("--jobs=2",), ("--shard=1/2",), ("--jobs=1",))


class Runs:
    """Runs over the same contenders, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        begin = time.monotonic()
        self.bytes = self.finished(self.place("quiet"), QUIET).read_bytes()
        self.took = time.monotonic() - begin

    def place(self, name: str) -> Path:
        """Make a folder with the contenders."""
        folder = self.folder / name
        folder.mkdir()
        for file, text in FILES.items():
            (folder / file).write_text(text)
        return folder

    def start(self, here: Path, about: Mapping[str, str], *more: str) -> subprocess.Popen[bytes]:
        wanted = ["--jobs=1", *ASKED, "--results=run.jsonl", *more]
        return subprocess.Popen(
            [sys.executable, "-m", "gradmark", "check", *FILES, *wanted],
            cwd=here,
            env={**os.environ, **about, "PYTHONPATH": str(CHECKOUT / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finished(self, here: Path, about: Mapping[str, str], *more: str) -> Path:
        """Let a run come to its end, and see that it leaves its results and nothing else."""
        status = self.start(here, about, *more).wait(240)
        assert status in (0, 1), status  # verdicts fail here, as they should
        assert {path.name for path in here.iterdir()} == {*FILES, "run.jsonl"}
        return here / "run.jsonl"

    def killed(self, here: Path, share: float, *more: str) -> bool:
        """Kill a run after this share of what a run takes, unless it has come to its end."""
        begin = time.monotonic()
        run = self.start(here, ELSEWHERE[0], *more)
        try:
            run.wait(share * self.took)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
        else:
            self.took = time.monotonic() - begin  # the machine is less busy than it was
        return run.wait() == -signal.SIGKILL

    def merged(self, *shards: Path) -> bytes:
        """Merge shards, and take them away."""
        whole = self.folder / "merged.jsonl"
        assert main(["merge", *map(str, shards), f"--results={whole}"]) == 1
        found = whole.read_bytes()
        for file in (whole, *shards):
            file.unlink()
        return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("disturbed"))


@pytest.mark.thorough
def test_where_and_how_it_runs_changes_no_byte(runs: Runs) -> None:
    """Hash seeds, time zones, locales, folders, --jobs and shards, each other than before."""
    lanes = runs.finished(runs.place("another place"), ELSEWHERE[0], "--jobs=2")
    assert lanes.read_bytes() == runs.bytes
    shards = [
        runs.finished(runs.place(f"shard-{at}"), about, f"--shard={at}/2")
        for at, about in enumerate(ELSEWHERE, 1)
    ]
    assert runs.merged(*shards) == runs.bytes


@pytest.mark.thorough
def test_killed_at_any_moment_it_loses_nothing_and_has_nothing_twice(
    runs: Runs, request: pytest.FixtureRequest
) -> None:
    draw = random.Random(20261128)
    kills = 0
    for moment in count():
        if kills and moment >= request.config.getoption("--moments"):
            break  # a run that was done before its time is no kill: it is tried once more
        way = WAYS[moment % len(WAYS)]
        here, about = runs.place(f"moment {moment}"), (moment, way)
        kills += runs.killed(here, draw.random(), *way)
        while draw.random() < 0.5:  # and once more, as it goes on
            kills += runs.killed(here, draw.random(), *way, "--resume")
        its = runs.finished(here, ELSEWHERE[1], *way, "--resume")
        if way[0].startswith("--shard"):
            other = runs.finished(runs.place(f"{moment}-other"), QUIET, "--shard=2/2")
            assert runs.merged(its, other) == runs.bytes, about
        else:
            assert its.read_bytes() == runs.bytes, about

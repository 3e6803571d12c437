"""A process of one's own ends with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import gradmark

POOL = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from gradmark.harness.own_process import settle_worker
if __name__ == "__main__":
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), settle_worker) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(600)
"""


def _lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL)
    run = subprocess.Popen(
        [sys.executable, str(tmp_path / "pool.py")],
        env={**os.environ, "PYTHONPATH": str(Path(gradmark.__path__[0]).parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    worker = int(run.stdout.readline())
    assert _lives(worker)
    run.kill()
    run.wait()
    run.stdout.close()
    until = time.monotonic() + 30
    while _lives(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(worker)

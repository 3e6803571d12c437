"""What runs in a folder, as /proc tells."""

from __future__ import annotations

import time
from pathlib import Path


def processes(folder: Path) -> dict[int, str]:
    """Find what runs in a folder, or below it: its id and its command."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found[int(process.name)] = (process / "cmdline").read_text()
        except OSError:  # no process, or one that has just ended
            continue
    return found


def empties(folder: Path) -> bool:
    """Wait until nothing runs there any more: what is killed needs a moment to be gone."""
    deadline = time.monotonic() + 10
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes(folder)

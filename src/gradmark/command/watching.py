"""``gradmark check --watch``: waits until a file is saved."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from gradmark.command.classroom import files
from gradmark.harness.declarations import FILE
from gradmark.harness.resolve import UsageError, resolve

PAUSE = 0.3  # seconds between two looks


def stamps(asked: argparse.Namespace) -> dict[Path, int]:
    """Note when each file that is judged, and what is declared beside it, was saved."""
    found: dict[Path, int] = {}
    for name in files(asked.names, Path.cwd())[0] if asked.watch else ():
        target = resolve(name, Path.cwd())
        place = target.path or target.folder
        beside = () if place is None else (place, *place.parent.glob("*.py"), place.parent / FILE)
        for path in beside:
            if path.exists():
                found[path] = path.stat().st_mtime_ns
    return found


def wait_for_change(asked: argparse.Namespace, before: dict[Path, int]) -> None:
    """Return when a file has been saved since; a file that is being written anew is waited for."""
    sys.stderr.write("waiting for a file to be saved; Ctrl-C ends it\n")
    while True:
        time.sleep(PAUSE)
        try:
            if stamps(asked) != before:
                return
        except (UsageError, OSError):
            continue

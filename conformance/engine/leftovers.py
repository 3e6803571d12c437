"""What a failing contender leaves behind, made fit to be kept: where it raised, and its last words.

Nothing of the host is in it, and nothing that differs from run to run: no frames of the worker, no
addresses, no folder but the contender's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gradmark.harness import worker
from gradmark.harness.host import ContenderFailure
from gradmark.harness.resolve import Target

LINES = 20  # of what a process printed last that are kept
FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$')
# What `faulthandler` says of the process, which is the host's.
HOST = re.compile(r"^(Extension modules: |Current thread 0x|Thread 0x|<no Python frame>)")


def left_by(failure: ContenderFailure, target: Target) -> dict[str, str]:
    """Return the traceback and the output of a failure, as far as there are any."""
    left = {"traceback": failure.traceback, "output": _output(failure.output, target)}
    return {name: text for name, text in left.items() if text}


def _output(printed: str, target: Target) -> str:
    lines = [line for line in _own(printed.strip().splitlines(), target) if line.strip()]
    return "\n".join(lines[-LINES:])


def _own(lines: list[str], target: Target) -> Iterator[str]:
    folder = target.path.parent if target.path is not None else None
    for line in lines:
        frame = FRAME.match(line)
        if frame is None:
            if not HOST.match(line):
                yield worker.printable(line.replace("\t", "    "))
            continue
        file = Path(frame["file"])
        if folder is not None and file.is_relative_to(folder):
            name = file.relative_to(folder)
            yield worker.printable(f'  File "{name}", line {frame["line"]} in {frame["name"]}')

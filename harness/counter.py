"""The counter: Valgrind, under which a contender's process counts its own instructions."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache as once

from gradmark.harness.resolve import UsageError

PROGRAM = "valgrind"
# Instructions alone: caches would be imitated, and are not those of this machine.
COUNTS = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=instructions.%p", "-q")


class NoCounter(UsageError):  # noqa: N818  # as its siblings are called
    """Nothing here can count instructions."""

    status = 3


@once
def counter() -> str:
    """Return the name and version of what counts.

    Raises
    ------
    NoCounter
        It is not there, or does not run here.
    """
    if shutil.which(PROGRAM) is None:
        raise NoCounter(
            "--count needs Valgrind, which is not here: there is no program valgrind on the PATH"
        )
    tried = subprocess.run(
        [PROGRAM, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if tried.returncode != 0:
        why = tried.stderr.strip().rpartition("\n")[2] or f"it ended with {tried.returncode}"
        raise NoCounter(f"--count needs Valgrind, which does not run here: {why}")
    return f"cachegrind of {tried.stdout.strip()}"


def under_it(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that runs a command with its instructions counted."""
    return (PROGRAM, *COUNTS, *command)

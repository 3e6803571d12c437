"""Compare contenders from the command line: ``python -m conformance NAME_OR_PATH…``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from conformance.progress import Progress
from harness.resolve import CHECKOUT, shipped

# What pytest returns, and what a user of a command-line tool expects.
EXIT = {0: 0, 1: 1, 2: 130, 4: 2, 5: 2}


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Judge contenders formula by formula. Without a name: all bundled ones.",
        epilog="Exit status: 0 if none deviates, errs, crashes or times out; 1 if one does; "
        "2 for an argument that cannot be meant.",
    )
    it.add_argument("names", nargs="*", metavar="NAME_OR_PATH")
    it.add_argument("--formula", action="append", metavar="NAME", help="only this; repeatable")
    it.add_argument("--dtype", action="append", choices=("float64", "float32"))
    it.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="of a call [10]")
    it.add_argument("--memory", type=float, default=4.0, metavar="GIB", help="of a contender [4]")
    it.add_argument("--python", metavar="PATH", help="an interpreter to run contenders with")
    it.add_argument("--strict", action="store_true", help="a dialect counts as a failure")
    it.add_argument("--expected", type=Path, metavar="FILE", help="verdicts expected (TOML)")
    it.add_argument("--results", type=Path, metavar="FILE", help="write a results file")
    it.add_argument("--junitxml", type=Path, metavar="FILE", help="write JUnit XML")
    it.add_argument("--resume", action="store_true", help="go on with the run in --results")
    it.add_argument("--seed", type=int, default=0, metavar="N")
    it.add_argument("--examples", type=int, default=6, metavar="N", help="per property [6]")
    it.add_argument("--quiet", action="store_true", help="no progress, only the verdicts")
    return it


def main(arguments: list[str]) -> int:
    """Judge, and return the exit status."""
    asked = parser().parse_args(arguments)
    names = asked.names or list(shipped())
    command = [f"--rootdir={CHECKOUT}", f"--config-file={CHECKOUT / 'pyproject.toml'}"]
    command += [str(CHECKOUT / "conformance"), f"--seed={asked.seed}"]
    command += [f"--implementation={name}" for name in names]
    command += [f"--formula={name}" for name in asked.formula or ()]
    command += [f"--dtype={name}" for name in asked.dtype or ()]
    command += [f"--timeout={asked.timeout}", f"--memory={asked.memory}"]
    command.append(f"--examples={asked.examples}")
    for option in ("python", "expected", "results", "junitxml"):
        value = getattr(asked, option)
        if value is not None:
            command.append(f"--{option}={value}")
    switches = {"--no-dialects": asked.strict, "--resume": asked.resume, "--quick": True}
    command += [switch for switch, on in switches.items() if on]
    status = pytest.main(command, plugins=[Progress(quiet=asked.quiet)])
    return EXIT.get(int(status), int(status))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

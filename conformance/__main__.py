"""Compare contenders from the command line: ``python -m gradmark.conformance NAME_OR_PATH…``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from gradmark.conformance.junit import write_junit
from gradmark.conformance.lanes import LaneError, judge_in_lanes, parts_of
from gradmark.conformance.progress import Progress
from gradmark.conformance.run import Run, Settings
from gradmark.harness.arguments import count, positive
from gradmark.harness.resolve import CHECKOUT, UsageError, shipped

# What pytest returns, and what a user of a command-line tool expects.
EXIT = {0: 0, 1: 1, 2: 130, 4: 2, 5: 2}


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = argparse.ArgumentParser(
        prog="python -m gradmark.conformance",
        description="Judge contenders formula by formula. Without a name: all bundled ones.",
        epilog="Exit status: 0 if none deviates, errs, crashes or times out; 1 if one does; "
        "2 for an argument that cannot be meant.",
    )
    it.add_argument("names", nargs="*", metavar="NAME_OR_PATH")
    it.add_argument("--baseline", metavar="NAME_OR_PATH", help="judge this one beside the others")
    it.add_argument("--formula", action="append", metavar="NAME", help="only this; repeatable")
    it.add_argument("--dtype", action="append", choices=("float64", "float32"))
    it.add_argument("--timeout", type=positive, default=10.0, metavar="SECONDS", help="of a call")
    it.add_argument(
        "--memory", type=positive, default=4.0, metavar="GIB", help="of a contender [4]"
    )
    it.add_argument("--python", metavar="PATH", help="an interpreter to run contenders with")
    it.add_argument("--strict", action="store_true", help="a dialect counts as a failure")
    it.add_argument("--expected", type=Path, metavar="FILE", help="verdicts expected (TOML)")
    it.add_argument("--results", type=Path, metavar="FILE", help="write a results file")
    it.add_argument("--junitxml", type=Path, metavar="FILE", help="write JUnit XML")
    it.add_argument("--resume", action="store_true", help="go on with the run in --results")
    it.add_argument("--seed", type=int, default=0, metavar="N")
    it.add_argument("--examples", type=count, default=6, metavar="N", help="per property [6]")
    it.add_argument(
        "--jobs", type=count, default=os.cpu_count() or 1, metavar="N", help="contenders at a time"
    )
    it.add_argument("--quick", action="store_true", help="a coarser grid of accuracy")
    it.add_argument("--lifeline", action="store_true", help=argparse.SUPPRESS)
    it.add_argument("--quiet", action="store_true", help="no progress, only the verdicts")
    return it


def main(arguments: list[str]) -> int:
    """Judge, and return the exit status."""
    asked = parser().parse_intermixed_args(arguments)
    if asked.lifeline:
        # A copy of standard input, which pytest is about to replace.
        threading.Thread(target=_die_with_the_run, args=(os.dup(0),), daemon=True).start()
    asked.names = asked.names or list(shipped())
    if asked.baseline is not None:
        asked.names.append(asked.baseline)
    progress = Progress(quiet=asked.quiet)
    status = _judge(asked, progress)
    if asked.junitxml is not None and progress.run is not None and status in (0, 1):
        write_junit(progress.run, asked.junitxml)
    return status


def _judge(asked: argparse.Namespace, progress: Progress) -> int:
    if not _wants_lanes(asked):
        return _one_after_another(asked, progress)
    try:
        return _side_by_side(asked, progress)
    except UsageError as error:
        print(f"ERROR: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    except LaneError as failure:
        if asked.quiet:
            print(failure, file=sys.stderr)  # noqa: T201
        return failure.status
    except KeyboardInterrupt:
        return 130


def _wants_lanes(asked: argparse.Namespace) -> bool:
    if len(asked.names) == 1:
        return False
    if asked.resume:  # as it was begun
        begun: Path | None = asked.results
        return begun is not None and parts_of(begun).is_dir() and not begun.exists()
    return bool(asked.jobs > 1)


def _die_with_the_run(lifeline: int) -> None:
    """End with the process at the other end of a pipe, however that ends."""
    while os.read(lifeline, 4096):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def _shared(asked: argparse.Namespace) -> list[str]:
    """Spell what pytest and a lane are told alike."""
    told = [f"--formula={name}" for name in asked.formula or ()]
    told += [f"--dtype={name}" for name in asked.dtype or ()]
    told += [f"--timeout={asked.timeout}", f"--memory={asked.memory}"]
    told += [f"--seed={asked.seed}", f"--examples={asked.examples}"]
    if asked.python is not None:
        told.append(f"--python={asked.python}")
    told += ["--quick"] if asked.quick else []
    return [*told, "--resume"] if asked.resume else told


def _one_after_another(asked: argparse.Namespace, progress: Progress) -> int:
    command = [f"--rootdir={CHECKOUT}", f"--config-file={CHECKOUT / 'pyproject.toml'}"]
    command += [str(CHECKOUT / "conformance"), *_shared(asked)]
    command += [f"--implementation={name}" for name in asked.names]
    for option in ("expected", "results"):
        value = getattr(asked, option)
        if value is not None:
            command.append(f"--{option}={value}")
    if asked.strict:
        command.append("--no-dialects")
    status = pytest.main(command, plugins=[progress])
    return EXIT.get(int(status), int(status))


def _side_by_side(asked: argparse.Namespace, progress: Progress) -> int:
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            Settings(
                names=tuple(asked.names),
                here=Path.cwd(),
                formulas=tuple(asked.formula or ()),
                results=asked.results or Path(folder) / "results.jsonl",
                quick=asked.quick,
                resume=asked.resume,
                strict=asked.strict,
                expected=asked.expected,
            )
        )
        progress.attach(run)
        judge_in_lanes(run, _shared(asked), jobs=asked.jobs, say=progress.relay)
    progress.conclude()
    return int(run.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

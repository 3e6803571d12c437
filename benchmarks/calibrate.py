"""Put the clock to the test from the command line: ``python -m gradmark.benchmarks.calibrate``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path

from rich.console import Console

from gradmark.benchmarks.paired import elsewhere
from gradmark.benchmarks.paired.calibration import (
    BASELINE,
    CONTENDER,
    EXTRA,
    MARGINS,
    Trial,
    compare,
    seconds,
)
from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.settings import Settings
from gradmark.harness.arguments import count, natural, positive
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.results import ResultsError, ResultsWriter

QUICK = 2, 4.0  # trials, and seconds of each


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = argparse.ArgumentParser(
        prog="python -m gradmark.benchmarks.calibrate",
        description="Time code against itself with known extra work, quiet and among neighbours.",
        epilog="With --resume, more trials can be asked for, or trials of another kind.",
    )
    it.add_argument("--results", type=Path, required=True, metavar="FILE", help="write here")
    it.add_argument("--trials", type=count, metavar="N", help="trials of each kind [10]")
    it.add_argument("--budget", type=positive, metavar="SECONDS", help="time for each trial [20]")
    for name, kind, metavar, meaning in (
        ("extra", natural, "PERCENT", f"extra work, beyond the baseline's {list(EXTRA)}"),
        ("margin", count, "PERCENT", f"smallest difference that matters {list(MARGINS)}"),
        ("neighbours", natural, "N", f"noisy processes beside it {[0, os.cpu_count() or 1]}"),
    ):
        it.add_argument(
            f"--{name}", type=kind, action="append", metavar=metavar, help=f"{meaning}; repeatable"
        )
    it.add_argument("--seed", type=int, default=0, metavar="N", help="of every random choice [0]")
    it.add_argument("--quick", action="store_true", help="few trials, little time: a first look")
    it.add_argument("--resume", action="store_true", help="go on with the run in --results")
    it.add_argument("--quiet", action="store_true", help="do not name each trial")
    return it


def main(arguments: Sequence[str]) -> int:
    """Calibrate, and return the exit status."""
    asked = parser().parse_args(arguments)
    many, budget = QUICK if asked.quick else (10, 20.0)
    many, budget = asked.trials or many, asked.budget or budget
    header = {
        "seed": asked.seed,
        "quick": asked.quick,
        "fingerprint": fingerprint(),
        "catalogue": "none: the truth is known by construction",
        "corpus": "none: the truth is known by construction",
        "budget": budget,
        "elsewhere": elsewhere.installed(),
    }
    errors = Console(stderr=True, quiet=asked.quiet, highlight=False, soft_wrap=True)
    try:
        with ResultsWriter(asked.results, header, resume=asked.resume) as results:
            done = {(Trial(*(r[of] for of in KIND)), r["number"]) for r in results.kept}
            # One of each kind in turn: what the machine does meanwhile meets all kinds alike.
            for number in range(many):
                for trial in _kinds(asked):
                    if (trial, number) not in done:
                        record = _trial(trial, number, budget, asked.seed)
                        results.write(record)
                        errors.print(_told(record))
    except ResultsError as error:
        errors.print(f"ERROR: {error}", markup=False)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


KIND = ("extra", "margin", "neighbours")


def _kinds(asked: argparse.Namespace) -> Iterator[Trial]:
    neighbours = asked.neighbours or [0, os.cpu_count() or 1]
    for noisy, margin, extra in product(neighbours, asked.margin or MARGINS, asked.extra or EXTRA):
        yield Trial(extra, margin, noisy)


def _trial(trial: Trial, number: int, budget: float, seed: int) -> Record:
    begin = time.monotonic()
    margin = trial.margin / 100
    settings = Settings(BASELINE, margin=margin, budget=budget, seed=10_000 * seed + number)
    with tempfile.TemporaryDirectory() as folder:
        pair, blocks = compare(trial, settings, Path(folder))
    took = round(time.monotonic() - begin, 3)
    baseline, contender = (seconds(blocks, name) for name in (BASELINE, CONTENDER))
    return {
        "kind": "trial",
        **asdict(trial),
        "number": number,
        **{of: pair[of] for of in ("ratio", "low", "high", "verdict", "processes", "rounds")},
        "took": took,
        "slower_elsewhere": elsewhere.slower(baseline, contender, margin),
    }


def _told(record: Record) -> str:
    return (
        f"{record['extra']} % extra, margin {record['margin']} %, "
        f"{record['neighbours']} neighbours: {record['ratio']:.3f} "
        f"({record['low']:.3f} to {record['high']:.3f}), {record['verdict']}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

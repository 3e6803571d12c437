"""Put the clock to the test from the command line: ``python -m benchmarks.calibrate``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.paired.calibration import BASELINE, Trial, compare, trials
from benchmarks.paired.settings import Settings
from benchmarks.paired.statistics import Ratio, verdict
from harness.fingerprint import fingerprint
from harness.results import ResultsError, ResultsWriter

MARGINS = (0.02, 0.05)  # a comparison is made for the first, and judged by each
QUICK = 2, 4.0  # trials, and seconds of each


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = argparse.ArgumentParser(
        prog="python -m benchmarks.calibrate",
        description="Time code against itself with known extra work, quiet and among neighbours.",
    )
    it.add_argument("--results", type=Path, required=True, metavar="FILE")
    it.add_argument("--trials", type=int, metavar="N", help="of each kind [10]")
    it.add_argument("--budget", type=float, metavar="SECONDS", help="of a trial [20]")
    it.add_argument("--neighbours", type=int, default=os.cpu_count() or 1, metavar="N")
    it.add_argument("--seed", type=int, default=0, metavar="N")
    it.add_argument("--quick", action="store_true", help="few trials, little time: a first look")
    it.add_argument("--resume", action="store_true", help="go on with the run in --results")
    it.add_argument("--quiet", action="store_true")
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
        "corpus": "none: the truth is known by construction",
        "budget": budget,
    }
    errors = Console(stderr=True, quiet=asked.quiet, highlight=False, soft_wrap=True)
    try:
        with ResultsWriter(asked.results, header, resume=asked.resume) as results:
            done = {(r["extra"], r["neighbours"], r["number"]) for r in results.kept}
            # One of each kind in turn: what the machine does meanwhile meets all kinds alike.
            for number in range(many):
                for trial in trials(asked.neighbours):
                    if (trial.extra, trial.neighbours, number) not in done:
                        record = _trial(trial, number, budget, asked.seed)
                        results.write(record)
                        errors.print(_told(record))
    except ResultsError as error:
        errors.print(f"ERROR: {error}", markup=False)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _trial(trial: Trial, number: int, budget: float, seed: int) -> dict[str, object]:
    begin = time.monotonic()
    settings = Settings(BASELINE, margin=MARGINS[0], budget=budget, seed=10_000 * seed + number)
    with tempfile.TemporaryDirectory() as folder:
        pair = compare(trial, settings, Path(folder))
    found = Ratio(pair["ratio"], pair["low"], pair["high"])
    return {
        "kind": "trial",
        "extra": trial.extra,
        "neighbours": trial.neighbours,
        "number": number,
        **{field: pair[field] for field in ("ratio", "low", "high", "processes", "rounds")},
        "took": round(time.monotonic() - begin, 3),
        "verdicts": {f"{100 * margin:g}": verdict(found, margin) for margin in MARGINS},
    }


def _told(record: dict[str, object]) -> str:
    return (
        f"{record['extra']} % extra, {record['neighbours']} neighbours: "
        f"{record['ratio']:.3f} ({record['low']:.3f} to {record['high']:.3f})"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

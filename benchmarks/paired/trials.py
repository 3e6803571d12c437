"""Puts the clock to the test: trials of code against itself, where the truth is known."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path

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
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.results import ResultsWriter

NEIGHBOURS = (0, os.cpu_count() or 1)
QUICK = 2, 4.0  # trials, and seconds of each


def calibrate(
    results: Path,
    kinds: Sequence[Trial],
    *,
    trials: int | None = None,
    budget: float | None = None,
    seed: int = 0,
    quick: bool = False,
    resume: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Time code against itself with known extra work, quiet and among neighbours."""
    many, enough = QUICK if quick else (10, 20.0)
    many, enough = trials or many, budget or enough
    header = {
        "seed": seed,
        "quick": quick,
        "fingerprint": fingerprint(),
        "catalogue": "none: the truth is known by construction",
        "corpus": "none: the truth is known by construction",
        "budget": enough,
        "elsewhere": elsewhere.installed(),
    }
    with ResultsWriter(results, header, resume=resume) as writer:
        done = {(Trial(*(r[of] for of in KIND)), r["number"]) for r in writer.kept}
        # One of each kind in turn: what the machine does meanwhile meets all kinds alike.
        for number in range(many):
            for trial in kinds:
                if (trial, number) not in done:
                    record = _trial(trial, number, enough, seed)
                    writer.write(record)
                    say(_told(record))


KIND = ("extra", "margin", "neighbours")


def kinds(
    extra: Sequence[int] = (), margin: Sequence[int] = (), neighbours: Sequence[int] = ()
) -> list[Trial]:
    """List the kinds of trial: each of these with each other, the usual ones where none is named.

    `extra` and `margin` are percentages, `neighbours` a number of noisy processes.
    """
    noisy = neighbours or NEIGHBOURS
    return [
        Trial(work, tolerated, loud)
        for loud, tolerated, work in product(noisy, margin or MARGINS, extra or EXTRA)
    ]


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

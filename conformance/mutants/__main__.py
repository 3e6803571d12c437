"""Judge the judges: ``python -m gradmark.conformance.mutants --results FILE``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

from gradmark.conformance.engine.header import header
from gradmark.conformance.mutants import stages
from gradmark.conformance.mutants.equivalent import EQUIVALENT
from gradmark.conformance.mutants.score import Record, complaints, stale
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.results import ResultsWriter


def main(arguments: Sequence[str] | None = None) -> int:
    """Put the judges to the test; return 1 if one is blind, misnames, or accuses the innocent."""
    parser = argparse.ArgumentParser(
        prog="python -m gradmark.conformance.mutants",
        description="Show the judges what is wrong on purpose, and what is right.",
    )
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="write here")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--quick", action="store_true", help="known forms in float64, and a sample of the edits"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    asked = parser.parse_args(arguments)
    records: list[Record] = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ResultsWriter(asked.results, header(asked.seed, quick=asked.quick)) as results,
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(asked.jobs, spawn) as lanes,
    ):
        coming = everything(lanes, Path(folder), asked.seed, quick=asked.quick)
        for origin, alike in groupby(coming, key=lambda record: record["origin"]):
            count: Counter[str] = Counter()
            for record in alike:
                results.write(record)
                records.append(record)
                count[record["outcome"]] += 1
            if not asked.quiet:
                told = ", ".join(f"{number} {outcome}" for outcome, number in count.most_common())
                sys.stderr.write(f"mutants: {origin}: {told}\n")
    # A sample of the edits does not meet every survivor.
    return report(records, {} if asked.quick else EQUIVALENT)


def report(records: Sequence[Record], reasons: Mapping[str, str]) -> int:
    """Say what is to be complained of; return the exit status."""
    told = [*complaints(records, CONTRACT), *stale(records, reasons)]
    for complaint in told:
        sys.stderr.write(f"FAILED {complaint}\n")
    return 1 if told else 0


def everything(lanes: Executor, folder: Path, seed: int, *, quick: bool) -> Iterator[Record]:
    """Take one stage after the other."""
    dtypes = USUAL[:1] if quick else USUAL
    yield from stages.of_catalogue(lanes, folder, tuple(CONTRACT), dtypes)
    yield from stages.by_hand(lanes, "planted", dtypes, seed)
    yield from stages.generated(lanes, folder, seed, quick=quick)
    yield from stages.by_hand(lanes, "correct", dtypes, seed)
    if not quick:
        yield from stages.seeded(lanes, seed)


if __name__ == "__main__":
    sys.exit(main())

"""A session of the judges' judge, from its first stage to its last."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

from gradmark.conformance.engine.header import header
from gradmark.conformance.mutants import stages
from gradmark.conformance.mutants.equivalent import EQUIVALENT
from gradmark.conformance.mutants.reach import unseen
from gradmark.conformance.mutants.score import Record, complaints, stale
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.own_process import settle_worker
from gradmark.harness.results import ResultsWriter

Say = Callable[[str], None]


def judge_the_judges(
    results: Path, *, seed: int = 0, quick: bool = False, jobs: int = 1, say: Say = lambda _: None
) -> list[str]:
    """Put the judges to the test; return what is to be complained of: blind, misnamed, accused."""
    records: list[Record] = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ResultsWriter(results, header(seed, quick=quick)) as writer,
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, spawn, settle_worker) as lanes,
    ):
        coming = everything(lanes, Path(folder), seed, quick=quick)
        for origin, alike in groupby(coming, key=lambda record: record["origin"]):
            count: Counter[str] = Counter()
            for record in alike:
                writer.write(record)
                records.append(record)
                count[record["outcome"]] += 1
            told = ", ".join(f"{number} {outcome}" for outcome, number in count.most_common())
            say(f"mutants: {origin}: {told}")
    # A sample of the edits does not meet every survivor.
    found = [*complaints(records, CONTRACT), *stale(records, {} if quick else EQUIVALENT)]
    return [*found, *unseen()]


def everything(lanes: Executor, folder: Path, seed: int, *, quick: bool) -> Iterator[Record]:
    """Take one stage after the other."""
    dtypes = USUAL[:1] if quick else USUAL
    drawn = seed if quick else None
    yield from stages.of_catalogue(lanes, folder, tuple(CONTRACT), dtypes, drawn=drawn)
    yield from stages.of_composed(lanes, folder, tuple(CONTRACT), seed, quick=quick)
    yield from stages.by_hand(lanes, "planted", dtypes, seed)
    yield from stages.generated(lanes, folder, seed, quick=quick)
    yield from stages.by_hand(lanes, "correct", dtypes, seed)
    if not quick:
        yield from stages.seeded(lanes, seed)

"""``gradmark merge``: the shards of a run, made one results file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradmark.command.drawing import draw
from gradmark.command.options import declare, results_of, verb_parser
from gradmark.conformance.engine.expectations import Expectations, expected
from gradmark.conformance.engine.merging import merge
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import read_results


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "merge",
        "Make one results file of all shards of a run: the bytes of the run that was not divided.",
    )
    it.add_argument("shards", nargs="+", type=Path, metavar="SHARD", help="a shard's results file")
    declare(it, "results", "out", "strict", "expected", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Merge; exit status 1 where a verdict fails, as the whole run's would have been."""
    raced = "races" in read_results(asked.shards[0]).header
    whole = results_of(asked, "tournament.jsonl" if raced else "conformance.jsonl")
    if whole is None:
        raise UsageError("merge: expected --results FILE or --out DIR, where the whole goes")
    if whole.absolute() in [shard.absolute() for shard in asked.shards]:
        raise UsageError(f"merge: {whole} is one of the shards")
    expectations = Expectations(expected(asked.expected), strict=asked.strict)
    verdicts = merge(asked.shards, whole)
    for surprise in expectations.surprises(verdicts):
        sys.stdout.write(f"not as expected: {surprise}\n")
    if asked.out is not None:
        draw(asked.out, quiet=asked.quiet)
    return int(any(map(expectations.fails, verdicts)))

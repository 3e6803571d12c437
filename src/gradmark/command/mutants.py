"""``gradmark mutants``: the judges, judged."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from gradmark.command.drawing import draw
from gradmark.command.options import declare, results_of, verb_parser
from gradmark.conformance.mutants.session import judge_the_judges


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "mutants",
        "Show the judges what is wrong on purpose, and what is right, and keep the score.",
    )
    declare(it, "out", "results", "seed", "quick", "jobs", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Judge; exit status 1 if a judge is blind, misnames, or accuses what is right."""
    with tempfile.TemporaryDirectory() as scratch:
        results = results_of(asked, "mutants.jsonl") or Path(scratch) / "mutants.jsonl"
        complaints = judge_the_judges(
            results,
            seed=asked.seed,
            quick=asked.quick,
            jobs=asked.jobs,
            say=lambda line: None if asked.quiet else print(line, file=sys.stderr),  # noqa: T201
        )
    if asked.out is not None:
        draw(asked.out, quiet=asked.quiet)
    sys.stderr.writelines(f"FAILED {complaint}\n" for complaint in complaints)
    return int(bool(complaints))

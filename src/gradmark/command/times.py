"""The part of ``gradmark check`` that times and counts."""

from __future__ import annotations

import argparse
import math
from importlib.util import find_spec
from pathlib import Path

from gradmark.benchmarks.paired.timing import Question, time_contenders
from gradmark.command.classroom import files


def question(asked: argparse.Namespace, verdicts: Path) -> Question:
    """Read what is to be timed from the command line."""
    folder = asked.out / "results" if asked.out else verdicts.parent
    return Question(
        names=tuple(files(asked.names, Path.cwd())[0]),
        verdicts=verdicts,
        results=asked.results if asked.verdicts else folder / "timing.jsonl",
        samples=_samples(asked, folder),
        baseline=asked.baseline or "reference",
        stored=asked.stored,
        times=asked.time,
        counts=asked.count,
        margin=asked.margin or 0.05,
        budget=asked.budget,
        threads=asked.threads or 1,
        formulas=tuple(asked.formula),
        dtypes=tuple(asked.dtype),
        python=asked.python,
        builds=asked.allow_builds,
        sandbox=asked.sandbox,
        seed=asked.seed,
        quick=asked.quick,
        resume=asked.resume,
        quiet=asked.quiet,
    )


def _samples(asked: argparse.Namespace, folder: Path) -> Path | None:
    """Return where pytest-benchmark's file goes: where it was asked for, else into --out."""
    if find_spec("pytest_benchmark"):
        return asked.benchmark_json or (asked.out and folder / "timing-benchmark.json")
    return None


def fails(question: Question, asked: argparse.Namespace) -> bool:
    """Time or count what was judged right; say whether something is beyond what is allowed."""
    most = 1 + (asked.fail_if_more_instructions or math.inf)
    return any(
        (record["ratio"] or 0) > most
        if record["kind"] == "count"
        else asked.fail_if_slower and record["verdict"] == "slower"
        for record in time_contenders(question)
    )

"""``gradmark report``: the reference judged, timed and drawn, and the article put to the test."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gradmark import benchmarks
from gradmark.command.drawing import draw
from gradmark.command.options import declare, verb_parser
from gradmark.command.progress import Progress
from gradmark.conformance.article import trial
from gradmark.conformance.article.ledger import Scale
from gradmark.conformance.engine.header import header
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.run import conduct_divided
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.judging import separation
from gradmark.harness.resolve import UsageError


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("report", "Judge, time and draw the reference: verdicts, times, the article.")
    it.add_argument(
        "--only",
        action="append",
        choices=list(STEPS),
        metavar="STEP",
        help=f"only this step, of {', '.join(STEPS)}; repeatable [all]",
    )
    it.add_argument("--draw", action="store_true", help="only draw what lies in --out already")
    it.add_argument(
        "--earlier",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="an earlier run's results file to compare with; repeatable, the oldest first",
    )
    it.add_argument("--open", action="store_true", help="open report.html in a browser")
    declare(it, "out", "seed", "examples", "quick", "quiet", examples=None)
    it.set_defaults(out=Path("reports/out"))
    return it


def run(asked: argparse.Namespace) -> int:
    """Take the steps, draw every page, and say at the end which step failed."""
    steps = [] if asked.draw else asked.only or list(STEPS)
    if "benchmarks" in steps and find_spec("pytest_benchmark") is None:
        raise UsageError("report: timing needs pytest-benchmark: pip install 'gradmark[benchmark]'")
    failed = []
    for step in steps:
        results = asked.out / "results" / f"{step}.jsonl"
        # What an earlier run left must not be taken for what this one found.
        results.unlink(missing_ok=True)
        if STEPS[step](asked, results):
            failed.append(step)
    if not draw(asked.out, quiet=asked.quiet, earlier=asked.earlier):
        failed.append("a page")
    if asked.open:
        webbrowser.open((asked.out / "report.html").absolute().as_uri())
    if failed and steps:
        sys.stderr.write(f"check failed: {', '.join(failed)}; see {asked.out / 'index.md'}\n")
    return int(bool(failed))


def _conformance(asked: argparse.Namespace, results: Path) -> bool:
    examples = asked.examples or (15 if asked.quick else 50)
    settings = Settings(asked.seed, examples, asked.quick)
    progress = Progress(quiet=asked.quiet)
    plan = Plan(("reference",), Path.cwd(), settings=settings)
    with progress.over(plan):
        jobs = len(os.sched_getaffinity(0))
        found = conduct_divided(plan, results, jobs=jobs, tell=progress.tell, say=progress.say)
    progress.conclude(found)
    return found.failed


def _separation(asked: argparse.Namespace, results: Path) -> bool:
    separation.measure(results, header(asked.seed, quick=False), _say(asked))
    return False


def _article(asked: argparse.Namespace, results: Path) -> bool:
    from gradmark.command.article import progress

    with progress(quiet=asked.quiet):
        turned = trial.compute(results, Scale(asked.seed, asked.quick))
    sys.stderr.writelines(f"{line}\n" for line in turned)
    return bool(turned)


def _benchmarks(asked: argparse.Namespace, results: Path) -> bool:
    folder = Path(benchmarks.__file__).parent / "suite"
    command = [sys.executable, "-m", "pytest", str(folder), f"--rootdir={folder}", "-c", os.devnull]
    # What a user has pytest do everywhere, or in a folder above, is not meant for our runs.
    command += [f"--confcutdir={folder}", "--import-mode=importlib", "-p", "no:cacheprovider"]
    command += ["-q"] * asked.quiet
    command += [f"--gradmark-results={results.absolute()}", f"--gradmark-seed={asked.seed}"]
    command += ["--gradmark-quick"] * asked.quick
    own = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return bool(subprocess.run(command, env=own, check=False).returncode)


def _say(asked: argparse.Namespace) -> Callable[[str], None]:
    return (lambda _: None) if asked.quiet else (lambda line: print(line, file=sys.stderr))  # noqa: T201


STEPS: Mapping[str, Callable[[Any, Path], bool]] = {
    "conformance": _conformance,
    "separation": _separation,
    "article": _article,
    "benchmarks": _benchmarks,
}

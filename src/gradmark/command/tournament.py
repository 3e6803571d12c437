"""``gradmark tournament``: optimizers race on the ledger's problems, each at its tuned rate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradmark.benchmarks.paired.timing import Question, time_contenders
from gradmark.command.classroom import files
from gradmark.command.drawing import draw
from gradmark.command.options import declare, verb_parser
from gradmark.command.progress import Progress
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.conformance.engine.run import WHOLE, conduct
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import read_results

OPTIMIZERS = tuple(name for name, row in CONTRACT.items() if row.kind == "optimizer")
TOTAL = 4 * 3600.0  # seconds for all calls of a contender, which may have every optimizer
EXAMPLES = 2  # of each property: who computes what is told beside how fast it learns


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "tournament",
        "Let optimizers race: yours beside all of the reference's, each at the learning rate that"
        " does best on other\ninstances of a problem. Tells how many steps each takes to a target,"
        " and how far it is behind the fastest.\nTen minutes; with --quick, one.",
    )
    it.add_argument("names", nargs="*", metavar="FILE_OR_NAME", help="a contender")
    declare(it, "map", "formula", "seed", "quick", "jobs", "shard", "cluster", "timeout", "memory")
    declare(it, "python", "with", "device", "sandbox", "allow-builds")
    declare(it, "out", "results", "resume", "quiet", "time", "budget")
    it.set_defaults(out=Path("reports/out/tournament"))
    return it


def run(asked: argparse.Namespace) -> int:
    """Race, and draw the page; exit status 1 where an optimizer is not what it is called."""
    asked.names, _ = files(asked.names, Path.cwd())
    for name in asked.formula:
        if name not in OPTIMIZERS:
            raise UsageError(f"--formula: expected an optimizer, got {name}")
    if asked.shard != WHOLE and asked.results is None:
        raise UsageError("--shard: expected --results FILE, which gradmark merge takes")
    if asked.budget and not asked.time:
        raise UsageError("--budget: only with --time")
    if asked.time and (asked.shard != WHOLE or not asked.names):
        raise UsageError("--time: expected no --shard, and a contender to time beside reference")
    progress = Progress(quiet=asked.quiet)
    results = asked.results or asked.out / "results" / "tournament.jsonl"
    plan = _plan(asked)
    with progress.over(plan):
        found = conduct(
            plan,
            results=results,
            resume=asked.resume,
            jobs=asked.jobs,
            cluster=asked.cluster,
            tell=progress.tell,
            say=progress.say,
        )
    try:
        if asked.time:
            time_contenders(_question(asked, plan, results))
    finally:  # the races are worth a page, whatever becomes of the clock
        if asked.results is None:
            draw(asked.out, quiet=asked.quiet)
    if asked.shard == WHOLE:
        from gradmark.reports.tournament import standings

        sys.stdout.writelines(f"{line}\n" for line in standings(read_results(results)))
    for record in filter(found.fails, found.verdicts.values()):
        name, formula = record["implementation"], record["formula"]
        sys.stdout.write(f"{name} {formula}: {record['verdict']}: {record['detail']}\n")
    return int(found.failed)


def _question(asked: argparse.Namespace, plan: Plan, results: Path) -> Question:
    """Ask the clock how long a step takes; times change from run to run, and go beside."""
    return Question(
        names=tuple(asked.names),
        verdicts=results,
        results=results.with_name("timing.jsonl"),
        budget=asked.budget,
        formulas=plan.formulas,
        dtypes=plan.dtypes,
        python=asked.python,
        builds=asked.allow_builds,
        sandbox=asked.sandbox,
        seed=asked.seed,
        quick=asked.quick,
        resume=asked.resume,
        quiet=asked.quiet,
    )


def _plan(asked: argparse.Namespace) -> Plan:
    return Plan(
        names=(*asked.names, "reference"),
        here=Path.cwd(),
        formulas=tuple(name for name in OPTIMIZERS if name in (asked.formula or OPTIMIZERS)),
        dtypes=("float64",),
        settings=Settings(asked.seed, EXAMPLES, asked.quick, raced=True),
        limits=Limits(
            asked.timeout,
            asked.memory,
            asked.python,
            tuple(getattr(asked, "with")),
            asked.device,
            total=TOTAL,
            builds=asked.allow_builds,
            sandbox=asked.sandbox,
        ),
        maps=tuple(asked.map),
        shard=asked.shard,
    )

"""``gradmark diff A B``: why do these two differ, how much does it matter, and what translates?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradmark.command.drawing import draw
from gradmark.command.options import OPTIONS, declare, results_of, verb_parser
from gradmark.command.progress import Progress
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.harness.results import ResultsWriter


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "diff",
        "Say why two contenders differ, formula by formula: which form each follows, both equations"
        " with what differs\nin brackets, where they part, how much that matters in training, and"
        " which hyperparameters make the second\ncompute the first. Exit status 0: the same; 1:"
        " different.",
    )
    it.add_argument("one", metavar="A", help="a file, a package, or a bundled contender")
    it.add_argument("other", metavar="B", help="another one")
    it.add_argument(
        "--dtype", **{**OPTIONS["dtype"], "help": "in this precision; repeatable [float64]"}
    )
    declare(it, "formula", "timeout", "memory", "python", "out", "results", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Compare, tell, write, and return the exit status."""
    plan = Plan(
        names=(asked.one, asked.other),
        here=Path.cwd(),
        formulas=tuple(asked.formula),
        dtypes=tuple(asked.dtype),
        limits=Limits(asked.timeout, asked.memory, asked.python),
    )
    results = results_of(asked, "difference.jsonl")
    # Only here: judges take longer to import than a usage error takes to tell.
    from gradmark.differing import compared, in_common, lines

    progress = Progress(quiet=asked.quiet)
    names = list(plan.typed)
    one, other = (plan.contender(name, progress.say) for name in (names[0], names[-1]))
    with one, other:
        formulas = plan.formulas or in_common(one, other)
        found = compared(one, other, formulas, plan.dtypes or ("float64",))
    for record in found:
        sys.stdout.write("\n".join(lines(record)) + "\n")
    if results is not None:
        with ResultsWriter(results, plan.header(names)) as writer:
            for record in found:
                writer.write(record)
    if asked.out is not None:
        draw(asked.out, quiet=asked.quiet)
    return int(any(record["outcome"] == "different" for record in found))

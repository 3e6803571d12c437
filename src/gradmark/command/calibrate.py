"""``gradmark calibrate``: the clock, put to the test on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from gradmark.benchmarks.paired.calibration import EXTRA, MARGINS
from gradmark.benchmarks.paired.trials import NEIGHBOURS, calibrate, kinds
from gradmark.command.drawing import draw
from gradmark.command.options import declare, verb_parser
from gradmark.harness.arguments import count, natural


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "calibrate", "Time code against itself, with and without known extra work. Takes hours."
    )
    it.add_argument(
        "--trials", type=count, metavar="N", help="trials of each kind [10; 2 with --quick]"
    )
    for name, kind, metavar, meaning in (
        ("extra", natural, "PERCENT", f"extra work, beyond the baseline's {list(EXTRA)}"),
        ("margin", count, "PERCENT", f"smallest difference that matters {list(MARGINS)}"),
        ("neighbours", natural, "N", f"noisy processes beside it {list(NEIGHBOURS)}"),
    ):
        it.add_argument(
            f"--{name}",
            type=kind,
            action="append",
            default=[],
            metavar=metavar,
            help=f"{meaning}; repeatable",
        )
    declare(it, "budget", "out", "results", "seed", "quick", "resume", "quiet")
    it.set_defaults(out=Path("reports/out/calibrate"))
    return it


def run(asked: argparse.Namespace) -> int:
    """Calibrate, and draw the page."""
    errors = Console(stderr=True, quiet=asked.quiet, highlight=False, soft_wrap=True)
    calibrate(
        asked.results or asked.out / "results" / "calibration.jsonl",
        kinds(asked.extra, asked.margin, asked.neighbours),
        trials=asked.trials,
        budget=asked.budget,
        seed=asked.seed,
        quick=asked.quick,
        resume=asked.resume,
        say=errors.print,
    )
    if asked.results is None:
        draw(asked.out, quiet=asked.quiet)
    return 0

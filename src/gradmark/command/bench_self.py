"""``gradmark bench-self``: how long gradmark itself takes, beside starting Python."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from gradmark.benchmarks import itself
from gradmark.command.options import declare, verb_parser
from gradmark.harness.arguments import count


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "bench-self",
        "Time whole commands in turn: a check of one optimizer, of every formula, and of many"
        " files,\nbeside starting Python with what they import.",
    )
    it.add_argument("--rounds", type=count, default=5, metavar="N", help="of all commands [5]")
    it.add_argument("--files", type=count, default=100, metavar="N", help="in a class [100]")
    it.add_argument(
        "--beside",
        metavar="COMMAND",
        help="another gradmark's check, as a command that takes files: times of both, side by side",
    )
    declare(it, "seed", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Time, and write the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        commands = itself.commands(Path(folder), asked.files, asked.beside)
        seconds = itself.timed(
            commands,
            Path(folder),
            asked.rounds,
            asked.seed,
            lambda line: None if asked.quiet else print(line, file=sys.stderr),  # noqa: T201
        )
    for ratio in itself.ratios(seconds):
        sys.stdout.write(f"{ratio}\n")
    return 0

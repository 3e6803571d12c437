"""``gradmark vectors``: the certified vectors, made anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradmark.command.options import verb_parser
from gradmark.conformance import vectors
from gradmark.harness.resolve import UsageError


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("vectors", "Write the certified vectors anew, bit for bit, or compare them.")
    it.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    it.add_argument(
        "--quick",
        action="store_true",
        help="with --check: of three cases in four, believe which forms they tell apart",
    )
    it.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        default=vectors.FOLDER,
        help="where they are [those of gradmark itself]",
    )
    return it


def run(asked: argparse.Namespace) -> int:
    """Write, or compare; exit status 1 where a file differs."""
    if asked.quick and not asked.check:
        raise UsageError("--quick: expected --check beside it; what is written is computed whole")
    believed = asked.folder if asked.quick else None
    files = vectors.spelled(vectors.documents(believed=believed))
    if not asked.check:
        vectors.write(asked.folder, files)
        return 0
    found = vectors.differences(asked.folder, files)
    sys.stderr.writelines(f"{line}\n" for line in found)
    return int(bool(found))

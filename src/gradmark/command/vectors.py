"""``gradmark vectors``: the certified vectors, made anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradmark.command.options import verb_parser
from gradmark.conformance import vectors


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("vectors", "Write the certified vectors anew, bit for bit, or compare them.")
    it.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
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
    files = vectors.spelled(vectors.documents())
    if not asked.check:
        vectors.write(asked.folder, files)
        return 0
    found = vectors.differences(asked.folder, files)
    sys.stderr.writelines(f"{line}\n" for line in found)
    return int(bool(found))

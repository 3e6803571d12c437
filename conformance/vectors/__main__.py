"""Write the certified vectors anew, or compare them: ``gradmark vectors --check``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gradmark.conformance.vectors import differences, documents, spelled, write

FOLDER = Path(__file__).parent


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Write the files, or say how they differ from what they should be."""
    it = argparse.ArgumentParser(prog="python -m gradmark.conformance.vectors", description=__doc__)
    it.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    check = it.parse_args(arguments).check
    files = spelled(documents())
    if not check:
        write(folder, files)
        return 0
    found = differences(folder, files)
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Pages and pictures for the verbs that write a folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def draw(out: Path, *, quiet: bool = False, earlier: Sequence[Path] = ()) -> bool:
    """Draw all pages of a folder and name the first; say whether every run in it is whole."""
    # Only here: Matplotlib takes longer to import than a verdict takes.
    from gradmark.reports.drawing import draw_pages

    try:
        problems = draw_pages(out, earlier)
    except OSError as error:  # none of a picture names its file
        error.filename = error.filename or str(out)
        raise
    for problem in problems:
        sys.stderr.write(f"INCOMPLETE: {problem}\n")
    if not quiet:
        sys.stdout.write(f"{out / 'index.md'}\n{out / 'report.html'}\n")
    return not problems

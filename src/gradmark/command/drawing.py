"""Pages and pictures for the verbs that write a folder."""

from __future__ import annotations

import sys
from pathlib import Path


def draw(out: Path, *, quiet: bool = False) -> bool:
    """Draw all pages of a folder and name the first; say whether every run in it is whole."""
    # Only here: Matplotlib takes longer to import than a verdict takes.
    from gradmark.reports.drawing import draw_pages

    problems = draw_pages(out)
    for problem in problems:
        sys.stderr.write(f"INCOMPLETE: {problem}\n")
    if not quiet:
        sys.stdout.write(f"{out / 'index.md'}\n")
    return not problems

"""A run's verdicts in the forms that other programs read: a module for each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gradmark.command.formats.github import annotated
from gradmark.command.formats.sarif import sarif
from gradmark.version import __version__

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run

TEXT, GITHUB = "text", "github"  # for people to read; the second with annotations behind it
LIMIT = 1_000_000  # bytes of a step's summary: GitHub shows none that is larger than 1 MiB


def markdown(run: Run) -> str:
    """Spell a run as Markdown for a pull request."""
    # Only here: pages are not needed for a verdict.
    from gradmark.reports.markdown import render
    from gradmark.reports.verdicts import summary

    records = list(run.verdicts.values())
    failures = [record for record in records if run.fails(record)]
    return render(summary(records, failures))  # type: ignore[arg-type]  # they are verdict records


def plain(run: Run) -> str:
    """Spell a run as one JSON document: its verdict records, and which of them fail."""
    verdicts = [record | {"fails": run.fails(record)} for record in run.verdicts.values()]
    document = {"gradmark": __version__, "failed": run.failed, "verdicts": verdicts}
    return json.dumps(document, ensure_ascii=False, indent=1, default=float) + "\n"


FORMATS: Mapping[str, Callable[[Run], str]] = {
    GITHUB: annotated,
    "sarif": sarif,
    "json": plain,
    "md": markdown,
}


def write_summary(run: Run) -> None:
    """Append a run to the summary of a GitHub job's step, where this is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    told = markdown(run).encode("utf-8", "backslashreplace")
    if len(told) > LIMIT:
        cut = told[: told.rindex(b"\n\n", 0, LIMIT)].decode(errors="ignore")
        told = f"{cut}\n\n… and more: the results file holds all of it.\n".encode()
    with Path(path).open("ab") as file:
        file.write(told + b"\n")

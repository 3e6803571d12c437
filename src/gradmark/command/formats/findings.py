"""What a run has to tell a reviewer: a finding for what is not plainly right, alike ones once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradmark.reports.verdicts import alike
from gradmark.summary import edit

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Verdicts on one contender that say the same.

    Parameters
    ----------
    record : mapping
        The first of them.
    formulas, dtypes : tuple of str
        What they are about.
    level : str
        An error makes the run fail; a dialect that does not is a note, anything else a warning.
    surprise : str
        What was expected instead, where the user has declared it.
    """

    record: Mapping[str, Any]
    formulas: tuple[str, ...]
    dtypes: tuple[str, ...]
    level: Level
    surprise: str = ""

    @property
    def title(self) -> str:
        """What is found, in a line."""
        several = f"all {len(self.formulas)} formulas" if len(self.formulas) > 1 else ""
        variant = f" ({self.record['variant']})" if self.record["variant"] else ""
        about = f"{several or self.formulas[0]}: {self.record['verdict']}{variant}"
        return f"{about}, {', '.join(self.dtypes)}"

    @property
    def text(self) -> str:
        """Why, and what shows it again."""
        again = self.record.get("reproduce", "")
        found = self.record.get("advice", {}).get("edit")
        change = edit(found, self.record.get("file", "")) if found else ()
        told = (
            self.record["detail"],
            self.surprise,
            "\n".join(change),
            again and f"See it again: {again}",
        )
        return "\n".join(filter(None, told)) or self.record["verdict"]

    @property
    def file(self) -> Path | None:
        """The contender's file."""
        return Path.cwd() / self.record["file"] if "file" in self.record else None

    @property
    def line(self) -> int | None:
        """The line to look at: the one to change, where it has been found."""
        return self.record.get("line")

    @property
    def in_repository(self) -> str:
        """The file as seen from the top of the repository; nothing for one outside of it."""
        top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        if self.file is None or not self.file.resolve().is_relative_to(top):
            return ""
        return self.file.resolve().relative_to(top).as_posix()


def findings(run: Run) -> Iterator[Finding]:
    """Yield them, contender by contender, in the contract's order."""
    everything = (record for name in run.plan.typed for record in run.of(name))
    for records in alike(everything, partial(_level, run)):
        level = _level(run, records[0])
        if level is not None:
            formulas, dtypes = (
                tuple(dict.fromkeys(record[part] for record in records))
                for part in ("formula", "dtype")
            )
            surprise = run.expectations.surprise(records[0])
            yield Finding(records[0], formulas, dtypes, level, surprise)


def _level(run: Run, record: dict[str, Any]) -> Level | None:
    if run.fails(record):
        return "error"
    if record["verdict"] in ("conforms", "absent"):
        return None
    return "note" if record["verdict"] == "dialect" else "warning"

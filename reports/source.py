"""Results files as reports meet them: whole, cut off, unreadable or not there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradmark.harness.results import Results, ResultsError, read_results

RUNS = (
    "conformance",
    "difference",
    "separation",
    "mutants",
    "article",
    "tournament",
    "timing",
    "calibration",
    "benchmarks",
)


@dataclass(frozen=True)
class Source:
    """One run's results file.

    Parameters
    ----------
    name : str
        One of `RUNS`.
    results : Results or None
        What was read; None where there is no file, or none that can be read.
    problem : str or None
        Why it is not a whole run; None for a whole one, and for one that is not there.
    """

    name: str
    results: Results | None
    problem: str | None

    @property
    def file(self) -> str:
        """Where the file is, seen from the pages."""
        return f"results/{self.name}.jsonl"

    @property
    def missing(self) -> bool:
        """Whether this was not run."""
        return self.results is None and self.problem is None


def load(name: str, out: Path) -> Source:
    """Read one run's results file."""
    path = out / "results" / f"{name}.jsonl"
    if not path.exists():
        return Source(name, None, None)
    try:
        results = read_results(path)
    except ResultsError as error:
        return Source(name, None, f"it cannot be read: {error}")
    cut_off = "it has no footer: the run was cut off, and this is what it left"
    return Source(name, results, None if results.complete else cut_off)

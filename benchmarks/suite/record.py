"""The record of one run: its results file, written as the run goes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradmark.benchmarks.suite.statistics import Record, statistics
from gradmark.harness.results import ResultsWriter


class _CutOffError(Exception):
    """Tests were chosen that never ran."""


class Run:
    """What one pytest run is made with, what it has measured, and its results file.

    Parameters
    ----------
    fingerprint : dict
        Where it runs.
    seed : int
        Of the inputs and the bootstrap.
    quick : bool
        Whether the large cases are left out.
    """

    def __init__(self, fingerprint: dict[str, Any], seed: int, quick: bool) -> None:
        self.fingerprint = fingerprint
        self.seed = seed
        self.quick = quick
        self.known: list[str] = []
        self.pending: set[str] = set()
        self.left_out: list[str] = []
        self._samples: list[Record] = []
        self._writer: ResultsWriter | None = None

    @property
    def origin(self) -> dict[str, Any]:
        """Where the run's numbers come from, and which cases are not among them."""
        return {
            "seed": self.seed,
            "quick": self.quick,
            "fingerprint": self.fingerprint,
            "left_out": self.left_out,
        }

    def choose(self, chosen: list[str]) -> None:
        """Take note of the tests that will run."""
        self.pending = set(chosen)
        self.left_out = [test for test in self.known if test not in self.pending]

    def open(self, path: Path) -> None:
        """Start the results file."""
        none = "none: certified values judge no timing"
        self._writer = ResultsWriter(path, {**self.origin, "catalogue": none, "corpus": none})

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a record to the results file, if one was asked for."""
        if record["kind"] == "sample":
            self._samples.append(dict(record))
        if self._writer is not None:
            self._writer.write(record)

    def close(self) -> None:
        """End the results file; one of a run that was cut off has no statistics and no footer."""
        if self._writer is None:
            return
        with contextlib.suppress(_CutOffError), self._writer:
            if self.pending:
                raise _CutOffError
            for record in statistics(self._samples, self.seed):
                self.write(record)
            if hasattr(os, "getloadavg"):
                self.write(_load(os.getloadavg()))


def _load(averages: tuple[float, float, float]) -> dict[str, Any]:
    return {
        "kind": "finding",
        "id": "load at the end",
        "statement": "The machine's load average when the run ended.",
        "numbers": dict(zip(("1 min", "5 min", "15 min"), averages, strict=True)),
    }

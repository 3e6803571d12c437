"""What was measured: kept as it comes, and turned into ratios."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.paired.settings import Settings
from benchmarks.paired.statistics import INTERVAL, Ratio, ratio, verdict
from benchmarks.paired.workloads import Workload

Record = dict[str, Any]
DIGITS = 12  # of seconds behind the point: the clock ticks in nanoseconds, a block has 10⁵ calls


class Samples:
    """The blocks of a comparison, and what they say so far.

    Parameters
    ----------
    settings : Settings
        What was asked for.
    admitted : mapping of Workload to list of str
        Who is timed on what. A workload without the baseline, or without another, is none.
    write : callable
        Gets each record as it arises.
    kept : iterable of dict
        Records of the same run, before it was cut off.
    """

    def __init__(
        self,
        settings: Settings,
        admitted: Mapping[Workload, Sequence[str]],
        write: Callable[[Record], None],
        kept: Iterable[Record] = (),
    ) -> None:
        self.settings = settings
        self.pairs: dict[tuple[Workload, str], Record] = {}
        self.generations = 0
        self._admitted = {workload: list(names) for workload, names in admitted.items()}
        self._write = write
        self._spent: defaultdict[Workload, float] = defaultdict(float)
        self._blocks: dict[tuple[Workload, str], dict[tuple[int, int], float]] = {}
        for record in kept:
            self._remember(record)

    def _remember(self, record: Record) -> None:
        if record["kind"] not in ("block", "pair", "withheld") or record["params"] is None:
            return
        workload = Workload.of(record)
        name = record["implementation"]
        if record["kind"] == "block":
            self._keep(workload, name, record)
        elif record["kind"] == "pair":
            self.pairs[workload, name] = record
        elif name in self._admitted.get(workload, ()):
            self._admitted[workload].remove(name)

    # --- what there is to do ----------------------------------------------------------------------

    @property
    def workloads(self) -> list[Workload]:
        """The workloads that have a pair to compare, closed ones too."""
        return [w for w in self._admitted if self.contenders(w)]

    @property
    def open(self) -> list[Workload]:
        """The workloads that are to be visited again."""
        return [
            w for w in self.workloads if any((w, n) not in self.pairs for n in self.contenders(w))
        ]

    def contenders(self, workload: Workload) -> list[str]:
        """Name the contenders that are compared with the baseline."""
        names = self._admitted[workload]
        if self.settings.baseline not in names:
            return []
        return [name for name in names if name != self.settings.baseline]

    def budget(self, workload: Workload) -> float:
        """Return the seconds there are for a workload."""
        return self.settings.budget * len(self.contenders(workload))

    def spend(self, workload: Workload, seconds: float) -> None:
        """Take note of the time that a workload has taken."""
        self._spent[workload] += seconds

    def left(self, workload: Workload) -> float:
        """Return the seconds that are left for a workload."""
        return max(0.0, self.budget(workload) - self._spent[workload])

    def processes(self, workload: Workload) -> int:
        """Count the processes of the contender that has had fewest."""
        return min(len(self._logarithms(workload, n)) for n in self.contenders(workload))

    # --- what is measured -------------------------------------------------------------------------

    def note(self, kind: str, workload: Workload, name: str, **facts: Any) -> None:
        """Put a record in the file, and remember it."""
        record = {
            "kind": kind,
            "implementation": name,
            "formula": workload.formula,
            "dtype": workload.dtype,
            "params": workload.params,
            **facts,
        }
        self._write(record)
        if kind == "block":
            self._keep(workload, name, record)
        elif kind == "pair":
            self.pairs[workload, name] = record

    def _keep(self, workload: Workload, name: str, block: Record) -> None:
        times = self._blocks.setdefault((workload, name), {})
        times[block["process"], block["round"]] = block["seconds"]
        self.generations = max(self.generations, block["process"] + 1)

    def withhold(self, name: str, workload: Workload, reason: str) -> None:
        """Leave a contender out of a workload from now on, and say why."""
        self._admitted[workload].remove(name)
        self.note("withheld", workload, name, reason=reason)
        if name == self.settings.baseline:
            for other in self._admitted[workload]:
                told = f"the baseline, {name}, is not timed: {reason}"
                self.note("withheld", workload, other, reason=told)

    def close(self, workload: Workload) -> None:
        """Write what a workload came to."""
        baseline = self.settings.baseline
        for name, found in self.ratios(workload).items():
            logs = self._logarithms(workload, name)
            self.note(
                "pair",
                workload,
                name,
                baseline=baseline,
                ratio=found.value,
                low=found.low,
                high=found.high,
                interval=INTERVAL,
                verdict=verdict(found, self.settings.margin),
                margin=self.settings.margin,
                processes=len(logs),
                rounds=sum(map(len, logs)),
                seconds=self._median(workload, name),
                baseline_seconds=self._median(workload, baseline),
            )

    def ratios(self, workload: Workload) -> dict[str, Ratio]:
        """Estimate the ratio of each contender that has had two processes."""
        names = self.contenders(workload)
        return {
            name: ratio(logs, np.random.default_rng(self.settings.seed), contenders=len(names))
            for name in names
            if len(logs := self._logarithms(workload, name)) > 1
        }

    def _logarithms(self, workload: Workload, name: str) -> list[list[float]]:
        """Compare round by round, process by process; a round lacking either block is none."""
        ours = self._blocks.get((workload, name), {})
        theirs = self._blocks.get((workload, self.settings.baseline), {})
        by_process: defaultdict[int, list[float]] = defaultdict(list)
        for turn in ours.keys() & theirs.keys():
            by_process[turn[0]].append(float(np.log(ours[turn] / theirs[turn])))
        return [sorted(by_process[process]) for process in sorted(by_process)]

    def _median(self, workload: Workload, name: str) -> float:
        return float(np.median(list(self._blocks[workload, name].values())))

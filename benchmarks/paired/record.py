"""What was measured: kept as it comes, and turned into ratios."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradmark.benchmarks.paired.costs import size
from gradmark.benchmarks.paired.growth import GROWTH_INTERVAL, exponents
from gradmark.benchmarks.paired.limits import MACHINE, limit
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.statistics import (
    FEWEST_PROCESSES,
    INTERVAL,
    Ratio,
    ratio,
    verdict,
)
from gradmark.benchmarks.paired.workloads import Workload

Record = dict[str, Any]
DIGITS = 12  # of seconds behind the point: the clock ticks in nanoseconds, a block has 10⁵ calls

FEWEST_ROUNDS = 5  # of a process: the median of fewer says little
TAKEN = ("preparation", "block", "limit", "pair", "withheld")


class Samples:
    """The blocks of a comparison, and what they say so far.

    Parameters
    ----------
    settings : Settings
        What was asked for.
    admitted : mapping of Workload to list of str
        Who is timed on what. A workload without the baseline, or without another, is none. The
        machine may be among them, where a workload has a limit.
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
        self._turns: dict[Workload, float] = {}  # seconds of a process of each
        self._blocks: dict[tuple[Workload, str], dict[tuple[int, int], float]] = {}
        self._weighed: set[tuple[Workload, str]] = set()
        self._limited: set[tuple[Workload, str]] = set()
        lost: dict[Workload, str] = {}
        for record in kept:
            if record["kind"] in TAKEN and record["params"] is not None:
                self._take(Workload.of(record), record["implementation"], record)
                self._spend_again(record)
                if record["kind"] == "withheld" and record["implementation"] == settings.baseline:
                    lost[Workload.of(record)] = record["reason"]
        for workload, reason in lost.items():  # where a run was killed before it had told of all
            self._leave_alone(workload, reason)

    def _take(self, workload: Workload, name: str, record: Record) -> None:
        """Bear in mind what a record says, whether it has just been written or was kept."""
        kind = record["kind"]
        if kind in ("preparation", "block"):  # a process that was killed is not gone on with
            self.generations = max(self.generations, record["process"] + 1)
        if kind == "block":
            times = self._blocks.setdefault((workload, name), {})
            times[record["process"], record["round"]] = record["seconds"]
        elif kind == "preparation" and "traced" in record:
            self._weighed.add((workload, name))
        elif kind == "limit":
            self._limited.add((workload, name))
        elif kind == "pair":
            self.pairs[workload, name] = record
        elif kind == "withheld" and name in self._admitted.get(workload, ()):
            self._admitted[workload].remove(name)

    def _spend_again(self, record: Record) -> None:
        """Take off the budget what is on record. Getting ready is not: it is given once more."""
        if record["kind"] == "block":
            self.spend(Workload.of(record), record["calls"] * record["seconds"])

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

    @property
    def admitted(self) -> Mapping[Workload, Sequence[str]]:
        """Who is not withheld, by workload."""
        return self._admitted

    def contenders(self, workload: Workload) -> list[str]:
        """Name the contenders that are compared with the baseline."""
        names = self._admitted[workload]
        if self.settings.baseline not in names:
            return []
        return [name for name in names if name not in (self.settings.baseline, MACHINE)]

    def taking_part(self, workload: Workload) -> list[str]:
        """Name all who have a turn: the baseline, those compared with it, and the machine."""
        others = self.contenders(workload)
        machine = [MACHINE] if MACHINE in self._admitted[workload] else []
        return [self.settings.baseline, *others, *machine] if others else []

    def seconds(self, workload: Workload, name: str, process: int) -> list[float]:
        """Return the seconds per call of one process's blocks."""
        blocks = self._blocks.get((workload, name), {})
        return [taken for (of, _), taken in blocks.items() if of == process]

    def budget(self, workload: Workload) -> float:
        """Return the seconds there are for a workload; the machine's turns are within them."""
        return self.settings.budget * len(self.contenders(workload))

    def spend(self, workload: Workload, seconds: float) -> None:
        """Take note of the time that a workload has taken."""
        self._spent[workload] += seconds

    def left(self, workload: Workload) -> float:
        """Return the seconds that are left for a workload."""
        return max(0.0, self.budget(workload) - self._spent[workload])

    def expect(self, workload: Workload, seconds: float) -> float:
        """Take note of what a process of each takes; return what the fewest of them take."""
        self._turns[workload] = seconds
        return FEWEST_PROCESSES * seconds

    def at_most(self, workload: Workload) -> float:
        """Return the seconds that a workload may still take: the fewest processes it always has."""
        missing = FEWEST_PROCESSES - self.processes(workload)
        return max(self.left(workload), missing * self._turns.get(workload, 0.0))

    def is_closing(self, workload: Workload) -> bool:
        """Tell whether a run was killed while it wrote what this workload came to."""
        written = self.pairs.keys() | self._limited
        return any((workload, name) in written for name in self.taking_part(workload))

    def is_weighed(self, workload: Workload, name: str) -> bool:
        """Tell whether it is known how much memory a contender takes."""
        return (workload, name) in self._weighed

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
        self._take(workload, name, record)

    def withhold(self, name: str, workload: Workload, reason: str) -> None:
        """Leave a contender out of a workload from now on, and say why."""
        self.note("withheld", workload, name, reason=reason)
        if name == self.settings.baseline:
            self._leave_alone(workload, reason)

    def _leave_alone(self, workload: Workload, reason: str) -> None:
        """Withhold those who have lost their baseline."""
        for other in list(self._admitted.get(workload, ())):
            if other == MACHINE:
                continue
            told = f"the baseline, {self.settings.baseline}, is not timed: {reason}"
            self.note("withheld", workload, other, reason=told)

    def close(self, workload: Workload) -> None:
        """Write what a workload came to, as far as it is not written yet.

        Its pairs come last: while one is missing, a run that was killed goes on here.
        """
        self._compare_with_limit(workload)
        baseline = self.settings.baseline
        for name, found in self.ratios(workload).items():
            if (workload, name) in self.pairs:
                continue
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

    def _compare_with_limit(self, workload: Workload) -> None:
        """Write how far each contender is from what the machine could do."""
        bound = limit(workload)
        names = [name for name in self.taking_part(workload) if name != MACHINE]
        if bound is None or MACHINE not in self._admitted[workload]:
            return
        for name in names:
            logs = self._logarithms(workload, name, MACHINE)
            if len(logs) < 2 or (workload, name) in self._limited:
                continue
            rng = np.random.default_rng(self.settings.seed)
            found = ratio(logs, rng, contenders=len(names))
            self.note(
                "limit",
                workload,
                name,
                of=bound.what,
                bytes=bound.bytes,
                operations=bound.operations,
                ratio=found.value,
                low=found.low,
                high=found.high,
                interval=INTERVAL,
                processes=len(logs),
                rounds=sum(map(len, logs)),
                seconds=self._median(workload, name),
                limit_seconds=self._median(workload, MACHINE),
            )

    def growth(self) -> Iterator[Record]:
        """Tell how the times of each contender grow with size, as records."""
        series: defaultdict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload, name in self._blocks:
            if name != MACHINE:
                series[name, workload.formula, workload.dtype].append(workload)
        for (name, formula, dtype), workloads in series.items():
            over, _ = size(formula, workloads[0].params)
            times = {
                size(formula, w.params)[1]: _by_process(self._blocks[w, name]) for w in workloads
            }
            rng = np.random.default_rng(self.settings.seed)
            for sizes, found in exponents(times, rng):
                yield {
                    "kind": "growth",
                    "implementation": name,
                    "formula": formula,
                    "dtype": dtype,
                    "over": over,
                    "sizes": list(sizes),
                    "exponent": found.value,
                    "low": found.low,
                    "high": found.high,
                    "interval": GROWTH_INTERVAL,
                }

    def ratios(self, workload: Workload) -> dict[str, Ratio]:
        """Estimate the ratio of each contender that has had two processes."""
        names = self.contenders(workload)
        return {
            name: ratio(logs, np.random.default_rng(self.settings.seed), contenders=len(names))
            for name in names
            if len(logs := self._logarithms(workload, name)) > 1
        }

    def _logarithms(
        self, workload: Workload, name: str, other: str | None = None
    ) -> list[list[float]]:
        """Compare round by round, process by process.

        A round lacking either block is none, and so is a process that was killed at its beginning.
        """
        ours = self._blocks.get((workload, name), {})
        theirs = self._blocks.get((workload, other or self.settings.baseline), {})
        return _by_process(
            {turn: ours[turn] / theirs[turn] for turn in ours.keys() & theirs.keys()}
        )

    def _median(self, workload: Workload, name: str) -> float:
        return float(np.median(list(self._blocks[workload, name].values())))


def _by_process(times: Mapping[tuple[int, int], float]) -> list[list[float]]:
    """Group by process, as logarithms, what is known by process and round."""
    grouped: defaultdict[int, list[float]] = defaultdict(list)
    for (process, _), time in sorted(times.items()):
        grouped[process].append(float(np.log(time)))
    return [rounds for rounds in grouped.values() if len(rounds) >= FEWEST_ROUNDS]

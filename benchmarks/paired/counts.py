"""Instructions: a second signal beside the clock's, that no neighbour can disturb.

Each contender is run once more, under the counter, and each of its workloads counted. What takes
instructions is not all that takes time: a memory that is waited for takes none. So where caches
decide, at large sizes, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from gradmark.benchmarks.paired.costs import size
from gradmark.benchmarks.paired.honesty import objection_to
from gradmark.benchmarks.paired.limits import MACHINE
from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.host import Contender, ContenderFailure
from gradmark.harness.timing import Count, Timer

LARGEST = 10**6  # elements, parameters or multiply-adds: beyond, caches decide, and it takes long
SMALL, MANY, FEW = 10**4, 32, 4  # calls of a small workload, and of others


def is_counted(workload: Workload) -> bool:
    """Tell whether a workload is small enough.

    Examples
    --------
    >>> is_counted(Workload("Adam", "float64", (("parameters", 10**7),)))
    False
    """
    return size(workload.formula, workload.params)[1] <= LARGEST


class Counts:
    """Counts the instructions of every contender's workloads, one contender after the other.

    Parameters
    ----------
    settings : Settings
        Of the whole run.
    folder : Path
        Where the inputs are kept.
    counter : str
        What counts, for the records.
    counted, uncounted : mapping of str to callable
        What makes each contender, with its instructions counted and without.
    say : callable
        Gets a line where there is something to wait for.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        counter: str,
        counted: Mapping[str, Callable[[], Contender]],
        uncounted: Mapping[str, Callable[[], Contender]],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._baseline = settings.baseline
        self._seed = settings.seed
        self._folder = folder
        self._counter = counter
        self._start_counted = counted
        self._start_uncounted = uncounted
        self._say = say

    def run(
        self,
        admitted: Mapping[Workload, Sequence[str]],
        known: Collection[tuple[Workload, str]],
        pairs: Mapping[tuple[Workload, str], Record],
    ) -> Iterator[Record]:
        """Count; yield a record for each workload and contender that is not known yet.

        `pairs` are those that were timed: where the clock says otherwise, the record does, too.
        """
        wanted: dict[str, list[Workload]] = {}
        for workload, names in admitted.items():
            others = [n for n in names if n not in (self._baseline, MACHINE)]
            unknown = [name for name in others if (workload, name) not in known]
            if is_counted(workload) and self._baseline in names and unknown:
                for name in (self._baseline, *unknown):
                    wanted.setdefault(name, []).append(workload)
        theirs: dict[Workload, float | str] = {}
        for name, workloads in wanted.items():  # the baseline first
            self._say(f"counting the instructions of {name}: {len(workloads)} workloads")
            for workload, found in self._counted(name, workloads):
                if name == self._baseline:
                    theirs[workload] = found
                else:
                    timed = pairs.get((workload, name), {}).get("verdict", "")
                    yield self._record(workload, name, found, theirs[workload], timed)

    def _counted(
        self, name: str, workloads: Sequence[Workload]
    ) -> Iterator[tuple[Workload, float | str]]:
        with self._start_counted[name]() as contender, self._start_uncounted[name]() as uncounted:
            timer = Timer(contender)
            for workload in workloads:
                try:
                    yield workload, self._count(timer, workload, uncounted)
                    timer.drop()
                except ContenderFailure as failure:
                    yield workload, failure.reason

    def _count(self, timer: Timer, workload: Workload, uncounted: Contender) -> float | str:
        job = workload.job(self._seed, self._folder)
        timer.prepare(job)
        is_small = size(workload.formula, workload.params)[1] <= SMALL and not job.epochs
        found: Count = timer.count(MANY if is_small else FEW)
        return objection_to(found, job, uncounted) or found.instructions

    def _record(
        self, workload: Workload, name: str, found: float | str, theirs: float | str, timed: str
    ) -> Record:
        about: Record = {
            "kind": "count",
            "implementation": name,
            "formula": workload.formula,
            "dtype": workload.dtype,
            "params": workload.params,
            "baseline": self._baseline,
            "counter": self._counter,
        }
        if isinstance(found, str):
            return about | {"ratio": None, "reason": found}
        if isinstance(theirs, str):
            why = f"those of the baseline, {self._baseline}, are not counted: {theirs}"
            return about | {"ratio": None, "reason": why}
        ratio = found / theirs
        about |= {"ratio": ratio, "instructions": found, "baseline_instructions": theirs}
        said = disagreement(ratio, timed)
        return about | ({"disagrees": said} if said else {})


def disagreement(ratio: float, verdict: str) -> str:
    """Name what the clock and the count do not agree about; nothing if they do.

    Examples
    --------
    >>> disagreement(0.8, "slower")
    'slower with fewer instructions'
    >>> disagreement(1.2, "slower"), disagreement(1.2, "inconclusive")
    ('', '')
    """
    if verdict == "slower" and ratio <= 1:
        return "slower with fewer instructions" if ratio < 1 else "slower with as many instructions"
    if verdict == "faster" and ratio >= 1:
        return "faster with more instructions" if ratio > 1 else "faster with as many instructions"
    return ""

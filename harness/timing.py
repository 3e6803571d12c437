"""The host's side of timing: a contender's workload, block by block."""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from gradmark.harness import answers, worker
from gradmark.harness.host import Conditions, Contender, ContenderFault

P = ParamSpec("P")
T = TypeVar("T")
# Comparisons of two clocks, and where they seem to go otherwise: others may have come between.
FEW_PACES, MANY_PACES = 5, 20
STEADY = 1.2  # of two clocks that go alike, and of two times of one call


@dataclass(frozen=True)
class Job:
    """What is to be timed: a function's call, an optimizer's step, or a training run.

    Parameters
    ----------
    name : str
        The function or the optimizer, as the contender calls it.
    files : tuple of Path
        The arguments, as .npy files: large ones would take long to be told.
    hyper : mapping of str to float, optional
        An optimizer's keyword arguments; None for a function.
    epochs : int
        Above 0, the call is a training run of so many epochs: the contender's own
        `compute_gradients`, and a step of its optimizer for each parameter. The arguments are then
        those of `compute_gradients`.
    """

    name: str
    files: tuple[Path, ...]
    hyper: Mapping[str, float] | None = None
    epochs: int = 0


@dataclass(frozen=True)
class Calibration:
    """How a contender's blocks are made.

    Parameters
    ----------
    calls : int
        Calls in a block.
    seconds : float
        What a block takes.
    overhead : float
        How much of it the clock and the loop cost, as a fraction.
    """

    calls: int
    seconds: float
    overhead: float


@dataclass(frozen=True)
class Shown:
    """The end of a block that was chosen when it was over, and what is off the clock, in seconds.

    Parameters
    ----------
    handed, taken : float
        Handing arrays to the contender, and copying as many numbers.
    converted, copied : float
        Making numbers of an answer, and copying as many.
    call : float
        A call of that block.
    steps : int
        After how many steps an optimizer has the weights that are its answer.
    asked, answer : arrays
        The arguments of the last call, and what it returned; None where they are too large.
    """

    handed: float
    taken: float
    converted: float
    copied: float
    call: float
    steps: int
    asked: tuple[Any, ...] | None
    answer: Any


@dataclass(frozen=True)
class Probe:
    """What a block does not show: seconds of a call, and what else the contender does.

    Parameters
    ----------
    same, anew : float
        A call that asks the same again, and one that asks something else; None if not asked.
    handed, taken : float
        Handing many numbers to the contender, and copying them.
    busy, elsewhere : float
        The share of a processor that is used while nothing is asked, and by processes that it has
        started while something is.
    pace : float
        Our clock's seconds for one of its clock's.
    alone : float
        A call's in blocks that nobody counts, which are of two lengths, and which we time, too.
    """

    same: float | None
    anew: float | None
    handed: float
    taken: float
    busy: float
    elsewhere: float
    pace: float
    alone: float


@dataclass(frozen=True)
class Count:
    """The instructions of a contender's calls.

    Parameters
    ----------
    instructions : float
        Of one call.
    converted, copied : int
        Of making numbers of an answer, and of copying as many numbers.
    asked, answer : arrays
        The arguments of the last call, of an optimizer its first weights and every gradient, and
        what it returned; None where nobody compares that.
    """

    instructions: float
    converted: int
    copied: int
    asked: tuple[Any, ...] | None
    answer: Any


def conditions(threads: int, *, counts: bool = False) -> Conditions:
    """Choose the processors: the last ones that this process may use, one a thread.

    Raises
    ------
    ValueError
        There are not as many.

    Examples
    --------
    >>> conditions(1).threads
    1
    """
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    there_are = len(cpus) or os.cpu_count() or 1
    if not 1 <= threads <= there_are:
        raise ValueError(f"threads: expected 1 to {there_are}, got {threads}")
    return Conditions(threads, tuple(cpus[-threads:]), counts)


def reads(
    method: Callable[Concatenate[Timer, P], T],
) -> Callable[Concatenate[Timer, P], T]:
    """Take it for the contender's crash if what its process tells cannot be read."""

    @functools.wraps(method)
    def read(self: Timer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._contender.reading(self._formula):
            return method(self, *args, **kwargs)

    return read


class Timer:
    """Times a contender's calls, one workload after the other.

    Parameters
    ----------
    contender : Contender
        One with `conditions`.

    Raises
    ------
    ContenderFailure
        From any use: ContenderAbsent for a formula that it does not provide.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from gradmark.harness.resolve import resolve
    >>> z = Path(tempfile.mkdtemp(), "z.npy")
    >>> np.save(z, np.ones(1000))
    >>> target = resolve("reference", Path())
    >>> with Contender(target, conditions=conditions(threads=1)) as reference:
    ...     timer = Timer(reference)
    ...     first_call = timer.prepare(Job("relu", (z,)))
    ...     per_call = timer.block(timer.calibrate().calls)
    >>> first_call > 0, per_call > 0
    (True, True)
    """

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._formula = ""

    def conditions(self, threads: int) -> dict[str, Any]:
        """Set the threads of what the contender has loaded; return what it runs under.

        Raises
        ------
        ContenderFault
            A library keeps another number of threads, or it has moved to other processors.
        """
        self._formula = min(self._contender.provides)
        pools, cpus = self._threads(threads)
        for pool, its in sorted(pools.items()):
            if its != threads:
                reason = f"{pool} keeps {its} threads, expected {threads}"
                raise ContenderFault(self._contender.name, "", reason)
        its_own = self._contender.conditions
        if its_own is not None and its_own.cpus and tuple(cpus) != its_own.cpus:
            reason = f"it runs on processors {cpus}, expected {list(its_own.cpus)}"
            raise ContenderFault(self._contender.name, "", reason)
        return {"cpus": cpus, "pools": pools}

    @reads
    def _threads(self, threads: int) -> tuple[dict[str, int], list[int]]:
        found = self._ask("limit_threads", threads)
        pools = {worker.printable(pool): int(its) for pool, its in found["pools"].items()}
        return pools, [int(cpu) for cpu in found["cpus"]]

    @reads
    def prepare(self, job: Job) -> float:
        """Take a job; return the seconds of its first call, which may compile."""
        self._formula = job.name
        hyper = job.hyper and {key: worker.encode(value) for key, value in job.hyper.items()}
        files = tuple(map(str, job.files))
        return _seconds(self._ask("prepare", job.name, hyper, files, job.epochs))

    @reads
    def calibrate(self) -> Calibration:
        """Warm up until steady, and find how many calls make a block."""
        found = self._ask("calibrate")
        elapsed = _seconds(found["elapsed"])
        return Calibration(int(found["calls"]), elapsed, _seconds(found["overhead"]) / elapsed)

    @reads
    def block(self, calls: int, place: int = 0) -> float:
        """Return the seconds per call of one block, on fresh buffers at `place`."""
        seconds = _seconds(self._ask("block", calls, place))
        if not seconds:
            raise ValueError("a block that takes no time")
        return seconds / calls

    @reads
    def shown(self) -> Shown:
        """Look at the end of the last block; see `Stopwatch.shown`."""
        found = self._ask("shown")
        parts = ("handed", "taken", "converted", "copied", "call")
        seconds: dict[str, Any] = {part: _seconds(found[part]) for part in parts}
        return Shown(**seconds, steps=int(found["steps"]), **_answered(found))

    @reads
    def probe(self, calls: int, claimed: float) -> Probe:
        """Look at what a block does not show; see `Stopwatch.probe`.

        `claimed` is the seconds of a call in the blocks so far.
        """
        found = self._ask("probe", calls)
        pace, alone = self._pace(calls, claimed)
        return Probe(
            same=None if found["same"] is None else _seconds(found["same"]),
            anew=None if found["anew"] is None else _seconds(found["anew"]),
            handed=_seconds(found["handed"]),
            taken=_seconds(found["taken"]),
            busy=float(found["busy"]),
            elsewhere=float(found["elsewhere"]),
            pace=pace,
            alone=alone,
        )

    @reads
    def count(self, calls: int) -> Count:
        """Count the instructions of a call, over so many of them; see `Stopwatch.count`."""
        found = self._ask("count", calls)
        return Count(
            instructions=int(found["instructions"]) / calls,
            converted=int(found["converted"]),
            copied=int(found["copied"]),
            **_answered(found),
        )

    def _pace(self, calls: int, claimed: float) -> tuple[float, float]:
        """Return by how much its clock is slower than ours, and the seconds of a call meanwhile.

        The first is about 1, and never much more. What its clock has not seen is the way there and
        back, and getting ready, in the shorter block and in the longer alike; whoever comes between
        adds to it, so the least of several tries counts.
        """
        its: dict[int, list[int]] = {calls: [], 4 * calls: []}
        unseen: dict[int, list[int]] = {calls: [], 4 * calls: []}
        pace = alone = 1.0
        for tries in range(1, MANY_PACES + 1):
            for many in its:
                begin = time.monotonic_ns()
                its[many].append(self._ask("block", many, 0, 1))
                unseen[many].append(time.monotonic_ns() - begin - its[many][-1])
            more, seen = (min(each[4 * calls]) - min(each[calls]) for each in (unseen, its))
            pace = 1 + more / max(1, seen)
            alone = min(min(taken) / many for many, taken in its.items()) / 1e9
            like = pace < STEADY and alone < STEADY * claimed
            if tries >= FEW_PACES and pace > 1 / STEADY and like:
                break
        return pace, alone

    @reads
    def memory(self) -> dict[str, int | None]:
        """Return the bytes of one call: `peak` of the process, and `traced` by Python."""
        found = self._ask("memory")
        parts = {part: found[part] for part in ("peak", "traced")}
        return {part: None if its is None else int(its) for part, its in parts.items()}

    def drop(self) -> None:
        """Let go of the workload's memory."""
        self._ask("drop")

    def _ask(self, operation: str, *arguments: object) -> Any:
        return self._contender._ask(self._formula, "time", operation, *arguments)[0]


def _seconds(nanoseconds: Any) -> float:
    """Read a time that a contender's process tells."""
    seconds = float(nanoseconds) / 1e9
    if not 0 <= seconds < math.inf:
        raise ValueError(f"expected a time, got {nanoseconds}")
    return seconds


def _answered(found: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was asked, and what came of it."""
    asked = found["asked"]
    if asked is None:
        return {"asked": None, "answer": None}
    return {"asked": tuple(map(answers.array, asked)), "answer": answers.array(found["answer"])}

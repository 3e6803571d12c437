"""Whose turn it is: generations of fresh processes, rounds of short blocks, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

import numpy as np

from gradmark.benchmarks.paired.honesty import is_beyond, objection, objection_to_block
from gradmark.benchmarks.paired.limits import MACHINE
from gradmark.benchmarks.paired.limits import job as limit_job
from gradmark.benchmarks.paired.record import DIGITS, FEWEST_ROUNDS, Samples
from gradmark.benchmarks.paired.statistics import FEWEST_PROCESSES, is_enough
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.host import Contender, ContenderFailure
from gradmark.harness.timing import Job, Timer

MOST_ROUNDS = 50
SHORTEST = 0.15  # seconds of rounds for each contender: getting ready is of no use without
PROCESSES = 12  # that the budget is for: more of them say more than more rounds of each
LOOKS = 1 / 2  # the share of rounds of which a block is looked at, where any is
PLACES = 64  # cache lines of a page, where a block's buffers may begin


class Schedule:
    """Times every workload on the contenders that are admitted to it.

    All contenders of a generation are alive at once, each in a fresh process. In a generation each
    open workload is visited once: every contender prepares and warms up, then rounds follow, in
    each of which every contender has one block, in an order drawn anew. A workload is closed when
    its ratios are known well enough, or its budget is used; never before `FEWEST_PROCESSES`.

    Parameters
    ----------
    samples : Samples
        Who is timed on what, and where to put what is measured.
    start : mapping of str to callable
        What makes each contender, by name: called once a generation.
    folder : Path
        Where the workloads' inputs are kept.
    watch : callable
        Gets the workload and the contender that are at work.
    untimed : mapping of str to callable
        What makes each contender as it is when it is not timed.
    say : callable
        Gets a line where something takes longer than was promised.
    """

    def __init__(
        self,
        samples: Samples,
        start: Mapping[str, Callable[[], Contender]],
        folder: Path,
        watch: Callable[[Workload, str], None] = lambda *_: None,
        untimed: Mapping[str, Callable[[], Contender]] = MappingProxyType({}),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._samples = samples
        self._settings = samples.settings
        self._start = start
        self._folder = folder
        self._watch = watch
        self._untimed = untimed
        self._say = say
        # Answers are looked at in the first process, and in one of which no contender knows.
        drawn = np.random.default_rng((self._settings.seed, FEWEST_PROCESSES))
        self._another = int(drawn.integers(1, FEWEST_PROCESSES))
        self._asked: dict[str, Contender] = {}  # without a clock, while its answers are looked at

    def run(self) -> None:
        """Go on until every workload is closed."""
        for workload in self._samples.open:  # what a run that was killed had enough of
            if self._samples.is_closing(workload) or self._is_over(workload):
                self._samples.close(workload)
        while self._samples.open:
            number = self._samples.generations
            self._generation(number)
            self._samples.generations = number + 1

    def _generation(self, number: int) -> None:
        rng = np.random.default_rng((self._settings.seed, number))
        with ExitStack() as stack:
            stack.callback(self._let_go)
            begin = monotonic()
            timers = self._started(stack)
            workloads = self._samples.open
            share = (monotonic() - begin) / max(1, len(workloads))
            for workload in workloads:
                begin = monotonic()
                slot = self._samples.budget(workload) / PROCESSES
                self._visit(workload, number, timers, begin - share + slot, rng)
                taken = share + monotonic() - begin
                self._samples.spend(workload, taken)
                if self._samples.contenders(workload):
                    self._tell(workload, taken)
                if self._is_over(workload):
                    self._samples.close(workload)

    def _tell(self, workload: Workload, taken: float) -> None:
        """Say once that even the fewest processes take longer than there is."""
        expected, budget = self._samples.expect(workload, taken), self._samples.budget(workload)
        if expected > budget and self._samples.processes(workload) == 1:
            self._say(
                f"{workload}: {FEWEST_PROCESSES} processes of each, fewer say too little, take"
                f" about {expected:.0f} s; its budget is {budget:.3g} s"
            )

    def _let_go(self) -> None:
        """End those that were asked without a clock."""
        for contender in self._asked.values():
            contender.close()
        self._asked.clear()

    def _started(self, stack: ExitStack) -> dict[str, Timer]:
        timers: dict[str, Timer] = {}
        wanted = dict.fromkeys(
            name for workload in self._samples.open for name in self._samples.taking_part(workload)
        )
        for name in wanted:
            timer = Timer(stack.enter_context(self._start[name]()))
            try:
                timer.conditions(self._settings.threads)
            except ContenderFailure as failure:
                for workload in self._samples.open:
                    if name in self._samples.taking_part(workload):
                        self._samples.withhold(name, workload, failure.reason)
            else:
                timers[name] = timer
        return timers

    def _visit(
        self,
        workload: Workload,
        process: int,
        timers: Mapping[str, Timer],
        end: float,
        rng: np.random.Generator,
    ) -> None:
        """Prepare everyone, then let them take turns until `end`, on the monotonic clock."""
        seed, folder = self._settings.seed, self._folder
        calls: dict[str, int] = {}
        jobs: dict[str, Job] = {}
        looks = process in (0, self._another)
        for name in self._shuffled(workload, rng):
            with self._at_work(workload, name):
                timer = timers[name]
                job = (limit_job if name == MACHINE else Workload.job)(workload, seed, folder)
                facts: dict[str, Any] = {"first_call": timer.prepare(job)}
                # Now, as a contender may have loaded something with its first call.
                facts |= timer.conditions(self._settings.threads)
                facts |= asdict(timer.calibrate())
                if not self._samples.is_weighed(workload, name):
                    facts |= timer.memory()
                self._samples.note("preparation", workload, name, process=process, **facts)
                calls[name], jobs[name] = facts["calls"], job
        end = max(end, monotonic() + SHORTEST * len(calls))
        for turn in range(MOST_ROUNDS):
            if turn >= FEWEST_ROUNDS and monotonic() > end:
                break
            place = int(rng.integers(PLACES))
            for name in self._shuffled(workload, rng):
                with self._at_work(workload, name):
                    seconds = round(timers[name].block(calls[name], place), DIGITS)
                    facts = {"round": turn, "calls": calls[name], "seconds": seconds}
                    self._samples.note("block", workload, name, process=process, **facts)
                    if looks and rng.random() < LOOKS:
                        self._look_at(workload, name, timers[name], jobs[name])
        for name in self._samples.taking_part(workload) if looks else ():
            with self._at_work(workload, name):
                self._probe(workload, name, timers[name], jobs[name], calls[name], process)
        self._refuse_what_is_beyond(workload, process)
        for name in self._samples.taking_part(workload):
            with self._at_work(workload, name):
                timers[name].drop()

    def _look_at(self, workload: Workload, name: str, timer: Timer, job: Job) -> None:
        """Look at the last block, which nobody knew before; withhold what is not to be believed."""
        if name == MACHINE or job.epochs:
            return
        if name in self._untimed and name not in self._asked:
            self._asked[name] = self._untimed[name]()
        if told := objection_to_block(timer.shown(), job, self._asked.get(name)):
            self._disbelieve(workload, name, told)

    def _probe(
        self, workload: Workload, name: str, timer: Timer, job: Job, calls: int, process: int
    ) -> None:
        """Look at what blocks do not show; withhold what is not to be believed."""
        self._look_at(workload, name, timer, job)
        if name == MACHINE or job.epochs or name not in self._samples.taking_part(workload):
            return
        # The longest: of those that were disturbed alike, none must seem to be faster.
        claimed = max(self._samples.seconds(workload, name, process))
        found = timer.probe(calls, claimed)
        if told := objection(found, claimed, threads=self._settings.threads):
            self._disbelieve(workload, name, told)

    def _disbelieve(self, workload: Workload, name: str, told: str) -> None:
        """Withhold a contender from a formula at all sizes: a trick may not show at each."""
        for other in self._samples.open:
            same = (other.formula, other.dtype) == (workload.formula, workload.dtype)
            if same and name in self._samples.taking_part(other):
                where = "" if other == workload else f" (at {dict(workload.sizes)})"
                self._samples.withhold(name, other, told + where)

    def _refuse_what_is_beyond(self, workload: Workload, process: int) -> None:
        """Withhold what is faster than this machine can be."""
        machines = self._samples.seconds(workload, MACHINE, process)
        for name in self._samples.taking_part(workload) if machines else ():
            seconds = self._samples.seconds(workload, name, process)
            if seconds and is_beyond(seconds, machines, self._settings.threads):
                told = "it is faster than this machine moves the bytes that it must"
                self._samples.withhold(name, workload, told)

    def _shuffled(self, workload: Workload, rng: np.random.Generator) -> Iterator[str]:
        """Give those who take part in an order drawn anew, less those who fail meanwhile."""
        order: list[str] = rng.permutation(self._samples.taking_part(workload)).tolist()
        return (name for name in order if name in self._samples.taking_part(workload))

    @contextmanager
    def _at_work(self, workload: Workload, name: str) -> Iterator[None]:
        """Show who is at work; one who fails is left out of the workload from then on."""
        self._watch(workload, name)
        try:
            yield
        except ContenderFailure as failure:
            self._samples.withhold(name, workload, failure.reason)

    def _is_over(self, workload: Workload) -> bool:
        if not self._samples.contenders(workload):
            return False
        if self._samples.processes(workload) < FEWEST_PROCESSES:
            return False
        ratios = self._samples.ratios(workload).values()
        enough = all(is_enough(found, self._settings.margin) for found in ratios)
        return enough or self._samples.left(workload) == 0

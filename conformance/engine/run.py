"""A run: contenders judged one after another or side by side, and what was found about them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gradmark.conformance.engine.cluster import on_cluster
from gradmark.conformance.engine.expectations import Expectations, Key
from gradmark.conformance.engine.judging import judge_contender, nothing_to_judge, undisturbed
from gradmark.conformance.engine.lanes import judge_in_lanes
from gradmark.conformance.engine.merging import merge
from gradmark.conformance.engine.plan import Plan, Say, Stopwatch
from gradmark.conformance.engine.records import Record
from gradmark.harness.announcement import announce
from gradmark.harness.host import NothingProvidedError
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import Results, ResultsError, ResultsWriter, read_results

Source = Callable[[Plan, Sequence[Record], Say], Iterator[Record]]
WHOLE = (1, 1)  # the one shard of a run that is not divided
Tell = Callable[[Record], None]


@dataclass
class Run:
    """The verdicts that were found, and whether the run has failed."""

    plan: Plan
    expectations: Expectations = field(default_factory=Expectations)
    verdicts: dict[Key, Record] = field(default_factory=dict)
    seconds: dict[Key, float] = field(default_factory=dict)  # that verdicts took; in no file

    def remember(self, record: Record) -> None:
        """Keep a verdict."""
        if record["kind"] == "verdict":
            self.verdicts[key_of(record)] = record

    def timed(self, record: Record, seconds: float) -> None:
        """Keep how long a verdict took, with all that was found on the way to it."""
        self.seconds[key_of(record)] = seconds

    def of(self, name: str) -> list[Record]:
        """List one contender's verdicts in the contract's order, those of its several names too."""
        mine = [key for key in self.verdicts if self.plan.whose(key[0]) == name]
        asked = list(self.plan.questions)
        return [self.verdicts[key] for question in asked for key in mine if key[1:] == question]

    def fails(self, record: Record) -> bool:
        """Whether this verdict makes the run fail."""
        return self.expectations.fails(record)

    @property
    def surprises(self) -> list[str]:
        """The verdicts that are not as expected."""
        return self.expectations.surprises(self.verdicts.values())

    @property
    def failed(self) -> bool:
        """Whether any verdict makes the run fail."""
        return any(map(self.fails, self.verdicts.values()))

    @property
    def judged(self) -> bool:
        """Whether anything was judged: something was there, started, and could be called."""
        return any(
            record["verdict"] not in ("absent", "unbound") and not record.get("unasked")
            for record in self.verdicts.values()
        )

    @property
    def empty(self) -> bool:
        """Whether there was nothing at all."""
        return all(record["verdict"] == "absent" for record in self.verdicts.values())

    @property
    def missing(self) -> list[str]:
        """The formulas that were asked for by name, and that nobody provides."""
        there = {key[1] for key, its in self.verdicts.items() if its["verdict"] != "absent"}
        return [formula for formula in self.plan.formulas if formula not in there]

    @property
    def is_open(self) -> bool:
        """Whether nothing is known after it: whatever there was to judge is unbound."""
        return {record["verdict"] for record in self.verdicts.values()} <= {"absent", "unbound"}


def conduct(
    plan: Plan,
    expectations: Expectations | None = None,
    *,
    results: Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    cluster: str | None = None,
    tell: Tell = lambda _: None,
    say: Say = lambda _: None,
) -> Run:
    """Judge every contender of a plan.

    Parameters
    ----------
    plan, expectations : Plan, Expectations
        What to find out, and what is expected.
    results : Path, optional
        A results file to write.
    resume : bool
        Go on with the run in `results` that was cut off.
    jobs : int
        How many contenders to judge at a time, each in a process of its own.
    cluster : str, optional
        "dask" or "dask=ADDRESS": judge on the workers of that scheduler, else on `jobs` here.
    tell, say : callable
        Get each record as it is found, and each line worth showing meanwhile.

    Raises
    ------
    UsageError
        There is nothing to judge, or what was asked cannot be done.
    """
    if resume and results is None:
        raise UsageError("--resume: expected --results FILE, the run to go on with")
    run = Run(plan, expectations or Expectations())
    announce(map(plan.target, plan.typed), python=plan.limits.python, say=say)
    try:
        with undisturbed():
            if cluster is not None:
                _one_after_another(
                    run, results, tell, say, resume=resume, records=on_cluster(cluster, jobs)
                )
            elif _side_by_side(plan, results, resume=resume, jobs=jobs):
                _in_lanes(run, results, tell, say, jobs=jobs, resume=resume)
            else:
                _one_after_another(run, results, tell, say, resume=resume)
    except ResultsError as error:
        raise UsageError(str(error)) from error
    if run.empty and plan.shard == WHOLE:
        raise UsageError(_nothing(plan, run))
    return run


def conduct_divided(
    plan: Plan, results: Path, *, jobs: int, tell: Tell = lambda _: None, say: Say = lambda _: None
) -> Run:
    """Judge one contender as `conduct` does, by several processes: each asks its shard.

    It pays where there is much to ask: a process takes half a second to begin.
    """
    (name,) = plan.typed
    run = Run(plan)
    with tempfile.TemporaryDirectory(prefix="gradmark-") as scratch:
        parts = [Path(scratch) / f"{number}.jsonl" for number in range(1, jobs + 1)]

        def judge(number: int) -> None:
            shard, part = replace(plan, shard=(number, jobs)), parts[number - 1]
            judge_in_lanes(shard, {name: part}, jobs=1, tell=lambda r, _: tell(r), say=say)

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(judge, range(1, jobs + 1)))
        for verdict in merge(parts, results, plan.header([name])):
            run.remember(verdict)
    return run


def key_of(record: Record) -> Key:
    """Return what a verdict is about."""
    return record["implementation"], record["formula"], record["dtype"]


def _nothing(plan: Plan, run: Run) -> str:
    """Say that there was nothing to judge, and why."""
    if plan.formulas:
        names = ", ".join(plan.typed)
        return f"nothing to judge: {names} provides none of {', '.join(plan.formulas)}"
    details = dict.fromkeys(record["detail"] for record in run.verdicts.values())
    return f"nothing to judge: {'; '.join(filter(None, details))}"


# --- one after another ----------------------------------------------------------------------------


def _one_after_another(
    run: Run,
    results: Path | None,
    tell: Tell,
    say: Say,
    *,
    resume: bool,
    records: Source | None = None,
) -> None:
    plan = run.plan
    records = records or _records

    clock = Stopwatch()

    def found(record: Record) -> None:
        if record["kind"] == "verdict":
            run.timed(record, clock.lap())
        run.remember(record)
        tell(record)

    for name in plan.typed:  # told before anything is judged
        plan.contender(name)
    if results is None:
        for record in records(plan, (), say):
            found(record)
        return
    with ResultsWriter(results, plan.header(list(plan.typed)), resume=resume) as writer:
        for record in writer.kept:
            run.remember(record)
        try:
            for record in records(plan, writer.kept, say):
                writer.write(record)
                found(record)
        except NothingProvidedError:
            results.unlink()  # there is no run that it could tell of
            raise


def _records(plan: Plan, kept: Sequence[Record], say: Say) -> Iterator[Record]:
    for name in plan.typed:
        mine = [record for record in kept if plan.whose(record["implementation"]) == name]
        try:
            yield from judge_contender(plan, name, mine, say)
        except NothingProvidedError as error:
            if len(plan.typed) == 1 and plan.shard == WHOLE:
                raise
            say(str(error))
            yield from nothing_to_judge(plan, name, error)


# --- side by side ---------------------------------------------------------------------------------


def parts_of(results: Path) -> Path:
    """Name the folder of what a run has found so far, contender by contender."""
    return results.with_name(results.name + ".parts")


def _side_by_side(plan: Plan, results: Path | None, *, resume: bool, jobs: int) -> bool:
    if len(plan.typed) == 1:
        return False
    if resume and results is not None:  # as it was begun
        return parts_of(results).is_dir() and not results.exists()
    return jobs > 1


def _in_lanes(
    run: Run, results: Path | None, tell: Tell, say: Say, *, jobs: int, resume: bool
) -> None:
    plan = run.plan

    def found(record: Record, seconds: float) -> None:
        run.timed(record, seconds)
        tell(record)

    with ExitStack() as stack:
        if results is None:  # else nothing is left elsewhere, even by a run that is killed
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="gradmark-"))
            results = Path(scratch) / "results.jsonl"
        parts = stack.enter_context(_parts(results, resume=resume))
        # By number: a contender may be called what no file system takes.
        files = {name: parts / f"{at:04d}.jsonl" for at, name in enumerate(plan.typed)}
        judge_in_lanes(plan, files, jobs=jobs, tell=found, say=say)
        _merge(run, [read_results(file) for file in files.values()], results)
        shutil.rmtree(parts)


@contextmanager
def _parts(whole: Path, *, resume: bool) -> Iterator[Path]:
    """Give the folder for the parts, which no other run has meanwhile."""
    parts = parts_of(whole)
    parts.mkdir(parents=True, exist_ok=True)
    folder = os.open(parts, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not resume:
            for part in parts.iterdir():
                part.unlink()
            whole.unlink(missing_ok=True)
        yield parts
    except BlockingIOError:
        raise ResultsError(f"{whole}: another run is writing it; wait for that one's end") from None
    finally:
        os.close(folder)


def _merge(run: Run, parts: Iterable[Results], whole: Path) -> None:
    """Write the one results file, and let the run learn what is in it."""
    draft = whole.with_name(whole.name + ".part")
    with ResultsWriter(draft, run.plan.header(list(run.plan.typed))) as writer:
        for part in parts:
            if not part.complete:
                raise ResultsError(f"{whole}: a part of it was cut off; --resume goes on with it")
            for record in part.records:
                writer.write(record)
                run.remember(record)
        found = {(run.plan.whose(key[0]), *key[1:]) for key in run.verdicts}
        missing = [(n, *q) for n in run.plan.typed for q in run.plan.asked_of(n)]
        missing = [key for key in missing if key not in found]
        if missing:
            told = ", ".join(" ".join(key) for key in missing[:3])
            raise ResultsError(f"{whole}: {len(missing)} verdicts are missing: {told}, …")
    draft.replace(whole)

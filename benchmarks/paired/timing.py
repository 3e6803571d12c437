"""Times contenders side by side, from the question to the records."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gradmark.benchmarks.paired.admission import admit, verdicts
from gradmark.benchmarks.paired.counts import Counts
from gradmark.benchmarks.paired.limits import MACHINE, the_machine
from gradmark.benchmarks.paired.progress import Show
from gradmark.benchmarks.paired.record import Record, Samples
from gradmark.benchmarks.paired.schedule import Schedule
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.stored import Stored, changes, stored
from gradmark.benchmarks.paired.workloads import Workload, chosen
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.counter import counter
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.host import Contender
from gradmark.harness.identity import held, identity
from gradmark.harness.resolve import UsageError, resolve, resolve_all, shipped
from gradmark.harness.results import ResultsWriter, read_results
from gradmark.harness.timing import conditions

TIMEOUT = 120.0  # seconds for a request: a calibration makes many calls
SLOW_TIMEOUT = 600.0  # the same where instructions are counted, and for the import
QUICK_BUDGET = 4.0
MOST_REASONS = 3  # told at once
TOLD_ONCE = ("withheld", "growth", "change", "finding")


@dataclass(frozen=True)
class Question:
    """What is to be timed, against what, and what is judged of it.

    Parameters
    ----------
    names : sequence of str
        Contenders, as the user typed them; all bundled ones if empty.
    verdicts, results : Path
        What the judges found; where the times go.
    samples : Path, optional
        Where the samples go for pytest-benchmark's own tools.
    stored : Path, optional
        An earlier run's `results`: what has changed since?
    times, counts : bool
        Whether the clock is asked, and whether instructions are counted.
    budget : float, optional
        Seconds for a workload and pair: 20, or 4 if `quick`.
    """

    names: Sequence[str]
    verdicts: Path
    results: Path
    samples: Path | None = None
    baseline: str = "reference"
    stored: Path | None = None
    times: bool = True
    counts: bool = False
    margin: float = 0.05
    budget: float | None = None
    threads: int = 1
    formulas: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    python: str | None = None
    builds: bool = False
    sandbox: bool = False
    seed: int = 0
    quick: bool = False
    resume: bool = False
    quiet: bool = False


def time_contenders(asked: Question) -> list[Record]:
    """Time, and count; return the records of pairs, or of what has changed, and those of counts.

    Raises
    ------
    UsageError
        A baseline that is missing, a stored run that cannot be compared with, nothing to time.
    NoCounter
        Nothing here counts instructions.
    """
    counts_by = counter() if asked.counts else ""
    here = Path.cwd()
    # The baseline comes first, and so is found by what it was called.
    typed = resolve_all([asked.baseline, *(asked.names or shipped())], here)
    baseline, *others = typed
    if not others:
        raise UsageError(f"there is nothing to compare with the baseline, {baseline}")
    targets = {name: held(resolve(its, here)) for name, its in typed.items()}
    identities = {name: identity(target) for name, target in targets.items()}
    found = verdicts(asked.verdicts, identities)
    budget = asked.budget or (QUICK_BUDGET if asked.quick else 20.0)
    try:
        under = conditions(asked.threads)
    except ValueError as error:
        raise UsageError(f"--{error}") from None
    settings = Settings(baseline, asked.margin, budget, asked.threads, asked.seed)
    header = {
        "seed": asked.seed,
        "quick": asked.quick,
        "fingerprint": fingerprint(),
        "catalogue": "none: the judges' verdicts admit to timing",
        "corpus": "none: the judges' verdicts admit to timing",
        "baseline": baseline,
        "machine": MACHINE,
        "margin": asked.margin,
        "budget": budget,
        "threads": asked.threads,
        "contenders": identities,
        "formulas": sorted(set(asked.formulas)) or None,
        "dtypes": sorted(set(asked.dtypes)) or None,
        "python": asked.python,
    }
    asked_for = chosen(asked.formulas or CONTRACT, asked.dtypes or USUAL, quick=asked.quick)
    admitted, refused = admit(asked_for, targets, found, baseline)
    then = stored(asked.stored, header, admitted, asked.results) if asked.stored else None
    if then:
        header["stored"] = then.origin
    if asked.samples is not None:
        _check_room_for(asked.samples)
    with Show(quiet=asked.quiet) as show, tempfile.TemporaryDirectory() as folder:
        under = replace(under, inputs=(Path(folder),))
        counting = replace(under, counts=True)
        untimed: dict[str, Callable[[], Contender]] = {
            name: partial(
                contender,
                target,
                python=asked.python if name != "reference" else None,
                timeout=TIMEOUT,
                say=show.say,
                builds=asked.builds,
                sandbox=asked.sandbox,
            )
            for name, target in targets.items()
        }
        start: dict[str, Callable[[], Contender]] = {
            name: partial(make, conditions=under)  # type: ignore[call-arg]  # as `contender` has it
            for name, make in untimed.items()
        }
        start[MACHINE] = partial(the_machine, TIMEOUT, under)
        with ResultsWriter(asked.results, header, resume=asked.resume) as results:

            def write(record: Record) -> None:
                results.write(record)
                show.tell(record)

            if asked.samples is not None:
                asked.samples.unlink(missing_ok=True)  # it is of an earlier run
            known = [_about(record) for record in results.kept if record["kind"] in TOLD_ONCE]
            for record in refused:
                if _about(record) not in known:
                    write(record)
            show.samples = samples = Samples(settings, admitted, write, results.kept)
            if asked.times:
                show.announce(samples)
                Schedule(samples, start, Path(folder), show.watch, untimed, show.say).run()
            counted = [record for record in results.kept if record["kind"] == "count"]
            if asked.counts:
                under_it = {
                    name: partial(make, timeout=SLOW_TIMEOUT, conditions=counting)  # type: ignore[call-arg]  # as above
                    for name, make in untimed.items()
                }
                counts = Counts(settings, Path(folder), counts_by, under_it, untimed, show.say)
                for record in counts.run(samples.admitted, _keys(counted), samples.pairs):
                    write(record)
                    counted.append(record)
            since = _since(then, samples, identities)
            for record in (*samples.growth(), *since, *_findings(then, since)):
                if _about(record) not in known:
                    write(record)
        if asked.samples is not None and samples.pairs:
            from gradmark.benchmarks.paired import export  # only here: pytest-benchmark is an extra

            export.save(read_results(asked.results), asked.samples)
        show.conclude(samples.pairs, since, then.total if then else 0, counted)
    if asked.counts and not any(record["ratio"] for record in counted):
        raise UsageError(f"nothing was counted; {_reasons(asked.results)}")
    if asked.times and not samples.pairs:
        raise UsageError(f"nothing was timed; {_reasons(asked.results)}")
    if then and not since:
        raise UsageError(
            "--stored: none of its pairs was timed again; the results file gives the reasons"
        )
    return [*(since if then else samples.pairs.values()), *counted]


def _reasons(results: Path) -> str:
    """Say why, of each contender once."""
    withheld = read_results(results).of_kind("withheld")
    told = {record["implementation"]: record["reason"] for record in withheld}
    first = "; ".join(f"{name}: {reason}" for name, reason in [*told.items()][:MOST_REASONS])
    return first or "the results file gives the reason for each workload"


def _keys(records: Sequence[Record]) -> set[tuple[Workload, str]]:
    return {(Workload.of(record), record["implementation"]) for record in records}


def _check_room_for(path: Path) -> None:
    """See that a file can be written, before anything is timed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--benchmark-json: {path}: {error.strerror}") from None
    if path.is_dir():
        raise UsageError(f"--benchmark-json: {path} is a folder; name a file")


def _since(then: Stored | None, samples: Samples, contenders: Mapping[str, str]) -> list[Record]:
    if then is None:
        return []
    margin = samples.settings.margin
    return list(changes(then, samples.pairs, margin=margin, contenders=contenders))


def _findings(then: Stored | None, since: Sequence[Record]) -> Iterator[Record]:
    """Tell what is known at the end."""
    if then is not None and len(since) < then.total:
        yield {
            "kind": "finding",
            "id": "stored pairs not timed",
            "statement": "Pairs of the stored run that this one has not timed.",
            "numbers": {"pairs": then.total - len(since)},
        }
    averages = os.getloadavg() if hasattr(os, "getloadavg") else ()
    yield {
        "kind": "finding",
        "id": "load at the end",
        "statement": "The machine's load average when the run ended.",
        "numbers": dict(zip(("1 min", "5 min", "15 min"), averages, strict=False)),
    }
    yield {
        "kind": "finding",
        "id": "time of the end",
        "statement": "When the run ended, in UTC.",
        "numbers": {"time": datetime.now(UTC).isoformat(timespec="seconds")},
    }


def _about(record: Record) -> tuple[object, ...]:
    """Say what a record tells of, whatever it tells: a run that is resumed tells it once."""
    fields = ("kind", "id", "implementation", "formula", "dtype", "params", "sizes")
    return tuple(record.get(field) for field in fields)

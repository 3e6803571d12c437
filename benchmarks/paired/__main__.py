"""Compare times from the command line: ``python -m gradmark.benchmarks.paired NAME_OR_PATH…``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gradmark.benchmarks.paired import export
from gradmark.benchmarks.paired.admission import admit, verdicts
from gradmark.benchmarks.paired.limits import MACHINE, the_machine
from gradmark.benchmarks.paired.progress import Show
from gradmark.benchmarks.paired.record import Record, Samples
from gradmark.benchmarks.paired.schedule import Schedule
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.stored import Stored, changes, stored
from gradmark.benchmarks.paired.workloads import chosen
from gradmark.harness.arguments import fraction, positive
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.host import Contender
from gradmark.harness.installation import identity
from gradmark.harness.resolve import UsageError, resolve, resolve_all, shipped
from gradmark.harness.results import ResultsError, ResultsWriter, read_results
from gradmark.harness.timing import conditions

TIMEOUT = 120.0  # seconds for a request: a calibration makes many calls
QUICK_BUDGET = 4.0
TOLD_ONCE = ("withheld", "growth", "change", "finding")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = argparse.ArgumentParser(
        prog="python -m gradmark.benchmarks.paired",
        description="Time contenders side by side. Without a name: all bundled ones.",
        epilog="Exit status: 0; 1 with --fail-if-slower if one is slower than the baseline, or "
        "with --stored than it was there; 2 for a usage error, a baseline that cannot be timed, a "
        "stored run that cannot be compared with this one, or nothing to time.",
    )
    it.add_argument("names", nargs="*", metavar="NAME_OR_PATH")
    it.add_argument(
        "--verdicts", type=Path, required=True, metavar="FILE", help="what the judges found"
    )
    it.add_argument("--results", type=Path, required=True, metavar="FILE", help="write here")
    it.add_argument(
        "--benchmark-json", type=Path, metavar="FILE", help="write samples for pytest-benchmark"
    )
    it.add_argument(
        "--baseline",
        default="reference",
        metavar="NAME_OR_PATH",
        help="what times are divided by [reference]",
    )
    it.add_argument(
        "--stored", type=Path, metavar="FILE", help="an earlier run's --results: what has changed?"
    )
    it.add_argument(
        "--margin",
        type=fraction,
        default=0.05,
        metavar="PERCENT",
        help="smallest difference that matters [5%%]",
    )
    it.add_argument(
        "--budget", type=positive, metavar="SECONDS", help="time for each pair and workload [20]"
    )
    it.add_argument(
        "--threads", type=int, default=1, metavar="N", help="threads of each contender [1]"
    )
    it.add_argument(
        "--formula",
        action="append",
        choices=list(CONTRACT),
        metavar="NAME",
        help="only this; repeatable",
    )
    it.add_argument("--dtype", action="append", choices=USUAL, help="only this; repeatable")
    it.add_argument("--python", metavar="PATH", help="an interpreter to run contenders with")
    it.add_argument("--seed", type=int, default=0, metavar="N", help="of every random choice [0]")
    it.add_argument("--quick", action="store_true", help="small sizes, little time: a first look")
    it.add_argument("--resume", action="store_true", help="go on with the run in --results")
    it.add_argument("--fail-if-slower", action="store_true", help="exit status 1 if one is slower")
    it.add_argument("--quiet", action="store_true", help="no progress, only the ratios")
    return it


def main(arguments: Sequence[str]) -> int:
    """Time, and return the exit status."""
    asked = parser().parse_intermixed_args(arguments)
    try:
        judged = _compare(asked)
    except (UsageError, ResultsError) as error:
        print(f"ERROR: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    except KeyboardInterrupt:
        print("interrupted; --resume goes on with it", file=sys.stderr)  # noqa: T201
        return 130
    return int(asked.fail_if_slower and any(each["verdict"] == "slower" for each in judged))


def _compare(asked: argparse.Namespace) -> list[Record]:
    """Time; return the records that hold the verdicts asked for."""
    here = Path.cwd()
    # The baseline comes first, and so is found by what it was called.
    typed = resolve_all([asked.baseline, *(asked.names or shipped())], here)
    baseline, *others = typed
    if not others:
        raise UsageError(f"there is nothing to compare with the baseline, {baseline}")
    targets = {name: resolve(its, here) for name, its in typed.items()}
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
        "formulas": asked.formula and sorted(set(asked.formula)),
        "dtypes": asked.dtype and sorted(set(asked.dtype)),
        "python": asked.python,
    }
    asked_for = chosen(asked.formula or CONTRACT, asked.dtype or USUAL, quick=asked.quick)
    admitted, refused = admit(asked_for, targets, found, baseline)
    then = asked.stored and stored(asked.stored, header, admitted, asked.results)
    if then:
        header["stored"] = then.origin
    if asked.benchmark_json is not None:
        _check_room_for(asked.benchmark_json)
    with Show(quiet=asked.quiet) as show, tempfile.TemporaryDirectory() as folder:
        start: dict[str, Callable[[], Contender]] = {
            name: partial(
                contender,
                target,
                python=asked.python if name != "reference" else None,
                timeout=TIMEOUT,
                say=show.say,
                conditions=under,
            )
            for name, target in targets.items()
        }
        start[MACHINE] = partial(the_machine, TIMEOUT, under)
        with ResultsWriter(asked.results, header, resume=asked.resume) as results:

            def write(record: Record) -> None:
                results.write(record)
                show.tell(record)

            if asked.benchmark_json is not None:
                asked.benchmark_json.unlink(missing_ok=True)  # it is of an earlier run
            known = [_about(record) for record in results.kept if record["kind"] in TOLD_ONCE]
            for record in refused:
                if _about(record) not in known:
                    write(record)
            show.samples = samples = Samples(settings, admitted, write, results.kept)
            Schedule(samples, start, Path(folder), show.watch).run()
            since = _since(then, samples, identities)
            for record in (*samples.growth(), *since, *_findings(then, since)):
                if _about(record) not in known:
                    write(record)
        if asked.benchmark_json is not None and samples.pairs:
            export.save(read_results(asked.results), asked.benchmark_json)
        show.conclude(samples.pairs, since, then.total if then else 0)
    if not samples.pairs:
        raise UsageError("nothing was timed; the results file gives the reason for each workload")
    if then and not since:
        raise UsageError(
            "--stored: none of its pairs was timed again; the results file gives the reasons"
        )
    return since if then else list(samples.pairs.values())


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

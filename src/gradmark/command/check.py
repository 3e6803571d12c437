"""``gradmark check``: judge contenders side by side, and time them if asked."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from gradmark.command import classroom
from gradmark.command.drawing import draw
from gradmark.command.explained import explain_bindings
from gradmark.command.formats import FORMATS, GITHUB, TEXT, write_summary
from gradmark.command.formats.github import usage_error
from gradmark.command.formats.junit import write_junit
from gradmark.command.options import declare, results_of, verb_parser
from gradmark.command.progress import Progress
from gradmark.command.watching import stamps, wait_for_change
from gradmark.conformance.engine.expectations import Expectations, expected, refuse_unknown
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.conformance.engine.run import Run, conduct
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contract.dtypes import USUAL, order
from gradmark.harness.counter import counter
from gradmark.harness.resolve import UsageError, shipped
from gradmark.harness.whole_files import written_whole

FOR_PEOPLE = (TEXT, GITHUB)  # formats that are text to read; others must stand alone
UNCERTAIN = 4  # the exit status where all that is there is unbound
MEASURED = ("verdicts", "baseline", "threads")
COUNTS = ("fail-if-more-instructions",)
TIMES = ("margin", "budget", "stored", "benchmark-json", "fail-if-slower")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "check",
        "Judge contenders formula by formula: files, packages (pkg.module:attribute), folders with"
        " a contender.toml,\nor bundled contenders by name. Without a name: all bundled ones.",
    )
    it.add_argument("names", nargs="*", metavar="FILE_OR_NAME", help="a contender")
    declare(it, "map", "explain-binding", "watch")
    declare(it, "formula", "dtype", "seed", "examples", "quick", "advise")
    declare(it, "jobs", "shard", "cluster", "timeout", "total", "memory", "python", "with")
    declare(it, "device", "sandbox", "allow-builds", "strict", "expected")
    declare(it, "out", "results", "format", "junitxml", "resume", "quiet")
    declare(it, "time", "count", *MEASURED, *TIMES, *COUNTS)
    return it


def run(asked: argparse.Namespace) -> int:
    """Judge, show, write, and return the exit status."""
    try:
        return _run(asked)
    except UsageError as error:
        if asked.format == GITHUB:
            sys.stdout.write(usage_error(str(error)))
        raise


def _run(asked: argparse.Namespace) -> int:
    _check_times(asked)
    if asked.explain_binding:
        return explain_bindings(plan_of(asked))
    if asked.verdicts is not None:
        return _times_alone(asked)
    while True:
        before = stamps(asked)
        status = _once(asked)
        if not asked.watch:
            return status
        wait_for_change(asked, before)


def _once(asked: argparse.Namespace) -> int:
    with ExitStack() as stack:
        results = results_of(asked, "conformance.jsonl")
        if results is None and _measures(asked):  # the clock reads there who is right
            results = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "conformance.jsonl"
        found = _judge(asked, results)
        failed = found.failed
        if _measures(asked) and results is not None:
            from gradmark.command.times import fails, question

            failed = fails(question(asked, results), asked) or failed
    if asked.out is not None:
        draw(asked.out, quiet=asked.quiet or asked.format not in FOR_PEOPLE)
        if found.plan.remembers:
            classroom.write(found, asked.out)
    return _status(found, failed=failed)


def _status(found: Run, *, failed: bool) -> int:
    if found.plan.shard[1] > 1:  # what the others find is not known here
        return int(failed)
    unexpected = found.expectations.declared is None
    if found.is_open and not found.missing and unexpected and not failed:
        return UNCERTAIN
    # Nothing starts, or nothing is what was named: nothing has been found out.
    none = found.missing or (not found.judged and unexpected)
    return UsageError.status if none else int(failed)


def _times_alone(asked: argparse.Namespace) -> int:
    """Time, or count, by the verdicts of an earlier run."""
    from gradmark.command.times import fails, question

    if asked.results is None:
        raise UsageError("--verdicts: expected --results FILE, where the times go")
    plan_of(asked)  # names that mean nothing are told first
    return int(fails(question(asked, asked.verdicts), asked))


def _measures(asked: argparse.Namespace) -> bool:
    return bool(asked.time or asked.count)


def plan_of(asked: argparse.Namespace) -> Plan:
    """Read what is to be judged, and how, from the command line."""
    given, many = classroom.files(asked.names, Path.cwd())
    names = given or ([] if asked.map else list(shipped()))
    if _measures(asked):  # what is wrong is nothing to be compared with
        names.append(asked.baseline or "reference")
    return Plan(
        names=tuple(names),
        here=Path.cwd(),
        formulas=tuple(asked.formula),
        dtypes=tuple(asked.dtype),
        settings=Settings(asked.seed, asked.examples, asked.quick, _advised(asked)),
        limits=Limits(
            asked.timeout,
            asked.memory,
            asked.python,
            tuple(getattr(asked, "with")),
            asked.device,
            total=asked.total,
            builds=asked.allow_builds,
            sandbox=asked.sandbox,
        ),
        maps=tuple(asked.map),
        remembers=many or asked.watch,
        shard=asked.shard,
    )


def _advised(asked: argparse.Namespace) -> str:
    """Name the dtype in which to look for what to do: the widest of those asked for."""
    return min(asked.dtype or USUAL, key=order) if asked.advise else ""


def _judge(asked: argparse.Namespace, results: Path | None) -> Run:
    progress = Progress(quiet=asked.quiet)
    plan = plan_of(asked)
    wanted = expected(asked.expected)
    refuse_unknown(wanted or {}, (*plan.typed, *shipped()), f"--expected: {asked.expected}")
    expectations = Expectations(wanted, strict=asked.strict)
    with progress.over(plan):
        found = conduct(
            plan,
            expectations,
            results=results,
            resume=asked.resume,
            jobs=asked.jobs,
            cluster=asked.cluster,
            tell=progress.tell,
            say=progress.say,
        )
    junit = asked.junitxml or (asked.out and asked.out / "junit.xml")
    if junit is not None:
        write_junit(found, junit)
    if asked.format in FOR_PEOPLE:
        progress.conclude(found)
    if asked.format in FORMATS:
        sys.stdout.write(FORMATS[asked.format](found))
    if asked.out is not None:
        with written_whole(asked.out / "gradmark.sarif") as draft:
            text = FORMATS["sarif"](found)  # a name need not be UTF-8
            draft.write_text(text, encoding="utf-8", errors="backslashreplace")
    write_summary(found)
    for formula in found.missing:
        progress.errors.print(f"ERROR: nothing to judge: no contender provides {formula}")
    return found


def _check_times(asked: argparse.Namespace) -> None:
    """Refuse what needs a clock or a counter where none is asked, and what would be lost."""
    if asked.count:
        counter()  # that there is none is told now, not after all has been judged
    if asked.benchmark_json and not find_spec("pytest_benchmark"):
        raise UsageError(
            "--benchmark-json needs pytest-benchmark: pip install 'gradmark[benchmark]'"
        )
    if _measures(asked):
        its = "--time" if asked.time else "--count"
        if asked.shard[1] > 1:
            raise UsageError(f"--shard divides verdicts; leave out {its}, and use the merged run")
        if asked.format not in FOR_PEOPLE:
            raise UsageError(f"--format {asked.format} tells of verdicts alone; leave out {its}")
    for options, allowed, needed in (
        (MEASURED, _measures(asked), "--time or --count"),
        (TIMES, asked.time, "--time"),
        (COUNTS, asked.count, "--count"),
    ):
        given = [f"--{name}" for name in options if getattr(asked, name.replace("-", "_"))]
        if given and not allowed:
            raise UsageError(f"{', '.join(given)}: only with {needed}")
    if asked.stored is None or asked.verdicts is not None:
        return
    # Told now, not after all has been judged; and before the file is written anew.
    if not asked.stored.is_file():
        raise UsageError(f"--stored: there is no file {asked.stored}")
    if asked.out and asked.stored.resolve() == (asked.out / "results" / "timing.jsonl").resolve():
        raise UsageError(
            f"--stored: {asked.stored} is where this run's times go; keep a copy elsewhere"
        )

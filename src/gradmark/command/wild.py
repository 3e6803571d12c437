"""``gradmark wild``: who computes what, among the libraries that people train with."""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradmark.command.options import declare, verb_parser
from gradmark.command.progress import Progress
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.conformance.engine.run import conduct, parts_of
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.bindings import SHAPES
from gradmark.harness.cache import cache
from gradmark.harness.resolve import CHECKOUT, UsageError
from gradmark.harness.results import ResultsWriter, read_results
from gradmark.harness.sources import digest
from gradmark.reports.wild import page

FOLDER = CHECKOUT / "docs" / "wild"
TOTAL = 4 * 3600.0  # seconds for all calls of a module, which may have every formula


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "wild",
        "Judge the libraries of libraries.toml as they are, each in an environment of its own, and"
        " draw the page.\nWhat was judged is kept, by library and catalogue: a second run judges"
        " what is new.",
    )
    it.add_argument(
        "--only", action="append", default=[], metavar="LIBRARY", help="judge only this; repeatable"
    )
    it.add_argument("--draw", action="store_true", help="judge nothing: draw what is kept")
    it.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where it all is")
    declare(it, "formula", "dtype", "seed", "jobs", "timeout", "memory", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Judge what is not kept, merge, and draw."""
    chosen = libraries(asked.folder / "libraries.toml", asked.only)
    if asked.draw:
        (asked.folder / "index.md").write_text(page(read_results(asked.folder / "results.jsonl")))
        return 0
    progress = Progress(quiet=asked.quiet)
    parts = {}
    for name, its in chosen.items():
        progress.say(f"{name}: {', '.join(its['modules'])}")
        parts[name] = _judged(asked, _plan(asked, its), progress)
    _merge(asked.folder / "results.jsonl", chosen, parts)
    (asked.folder / "index.md").write_text(page(read_results(asked.folder / "results.jsonl")))
    return 0


def libraries(file: Path, only: list[str]) -> dict[str, dict[str, Any]]:
    """Read the table of libraries, of which some may be chosen by how their names begin."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    chosen = {
        name: its
        for name, its in tables.items()
        if not only or any(name.lower().startswith(each.lower()) for each in only)
    }
    if not chosen:
        raise UsageError(f"--only: expected some of {', '.join(tables)}")
    return chosen


def _plan(asked: argparse.Namespace, its: Mapping[str, Any]) -> Plan:
    return Plan(
        tuple(its["modules"]),
        cache("wild"),
        tuple(asked.formula),
        tuple(asked.dtype),
        Settings(seed=asked.seed, quick=True),
        Limits(asked.timeout, asked.memory, packages=tuple(its["packages"]), total=TOTAL),
    )


def _judged(asked: argparse.Namespace, plan: Plan, progress: Progress) -> Path:
    """Judge one library, or find what was found before, or go on from there."""
    head = plan.header(list(plan.typed))
    # How libraries are called is a part of what was found, beside the questions and the forms.
    known = [head["catalogue"], head["corpus"], digest(SHAPES), plan.limits.packages,
             [*plan.typed], plan.formulas, plan.dtypes, asked.seed]  # fmt: skip
    name = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]
    file = cache("wild") / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and read_results(file).complete:
        return file

    def judge(*, resume: bool) -> None:
        conduct(
            plan, results=file, resume=resume, jobs=asked.jobs, tell=progress.tell, say=progress.say
        )

    try:
        judge(resume=file.exists() or parts_of(file).is_dir())
    except UsageError as error:  # begun by another commit, or on another machine
        progress.say(f"begins anew: {error}")
        judge(resume=False)
    return file


def _merge(
    whole: Path, libraries: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Path]
) -> None:
    """Write one results file of all libraries; what is absent is left out."""
    read = {name: read_results(file) for name, file in parts.items()}
    head = dict(next(iter(read.values())).header)
    head["contenders"] = {
        n: i for its in read.values() for n, i in its.header["contenders"].items()
    }
    head["libraries"] = {name: list(its["modules"]) for name, its in libraries.items()}
    head["judged"] = {
        name: {
            "catalogue": its.header["catalogue"],
            "commit": its.header["fingerprint"]["git"]["commit"],
        }
        for name, its in read.items()
    }
    with ResultsWriter(whole, head) as writer:
        for record in _kept(read):
            writer.write(record)


def _kept(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for library, its in read.items():
        for record in its.records:
            if record["kind"] == "verdict" and record["verdict"] != "absent":
                yield {**record, "library": library}

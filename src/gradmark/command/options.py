"""Every option of the command line, declared once; a verb says which of them it takes."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gradmark.harness.arguments import count, fraction, natural, positive, shard
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.resolve import UsageError
from gradmark.harness.worker import escaped

OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # --- what to judge
        "formula": {
            "action": "append",
            "default": [],
            "metavar": "NAME",
            "help": "only this formula; repeatable",
        },
        "dtype": {
            "action": "append",
            "default": [],
            "choices": tuple(DTYPES),
            "help": "only in this precision; repeatable [float64, float32]",
        },
        "map": {
            "action": "append",
            "default": [],
            "metavar": "PLACE:NAME=FORMULA",
            "help": "this name is that formula, as in my_file.py:MyAdam=Adam; repeatable",
        },
        "explain-binding": {
            "action": "store_true",
            "help": "show how each name is called, or why not, and judge nothing",
        },
        "watch": {
            "action": "store_true",
            "help": "judge again whenever a file is saved, until interrupted",
        },
        # --- how
        "seed": {
            "type": natural,
            "default": 0,
            "metavar": "N",
            "help": "of every random choice [0]",
        },
        "examples": {
            "type": count,
            "default": 6,
            "metavar": "N",
            "help": "random inputs for each property [6]",
        },
        "advise": {
            "action": "store_true",
            "help": "look for what to do about each verdict: the line to change, the first wrong"
            " steps, what it does to training",
        },
        "quick": {"action": "store_true", "help": "a first look: smaller sizes, coarser searches"},
        "jobs": {
            "type": count,
            "default": os.cpu_count() or 1,
            "metavar": "N",
            "help": f"how many at a time [{os.cpu_count() or 1}, the processors here]",
        },
        "cluster": {
            "metavar": "dask[=ADDRESS]",
            "help": "judge on a Dask cluster: that scheduler's, else one of --jobs workers here",
        },
        "shard": {
            "type": shard,
            "default": (1, 1),
            "metavar": "I/N",
            "help": "only this part of the run, of N alike; gradmark merge makes one file of them",
        },
        "timeout": {
            "type": positive,
            "default": 10.0,
            "metavar": "SECONDS",
            "help": "limit of one call [10]",
        },
        "total": {
            "type": positive,
            "default": 1000.0,
            "metavar": "SECONDS",
            "help": "limit of all calls of one contender together [1000]",
        },
        "memory": {
            "type": positive,
            "default": 4.0,
            "metavar": "GIB",
            "help": "limit of one contender [4]",
        },
        "sandbox": {
            "action": "store_true",
            "help": "no network, no files of yours, no other processes (Linux, with bubblewrap)",
        },
        "allow-builds": {
            "action": "store_true",
            "help": "packages without a wheel may be built, which runs their code",
        },
        "python": {
            "metavar": "PATH",
            "help": "run contenders with this interpreter, not in environments of their own",
        },
        "with": {
            "action": "append",
            "default": [],
            "metavar": "PACKAGE",
            "help": "what the environment needs where a file does not say so: torch==2.13.0;"
            " repeatable",
        },
        "device": {
            "default": "",
            "metavar": "NAME",
            "help": "where a framework is to compute: cpu, cuda [its own choice]",
        },
        # --- what fails
        "strict": {
            "action": "store_true",
            "help": "a dialect or an inaccurate answer fails, too",
        },
        "expected": {
            "type": Path,
            "metavar": "FILE",
            "help": "the verdicts you expect (TOML); any other, better or worse, fails",
        },
        # --- where to
        "out": {
            "type": Path,
            "metavar": "DIR",
            "help": "write report.html, pages, pictures and results into this folder; of a check,"
            " JUnit XML, SARIF and badges, too",
        },
        "results": {"type": Path, "metavar": "FILE", "help": "write a results file (JSON Lines)"},
        "format": {
            "choices": ("text", "github", "sarif", "json", "md"),
            "default": "text",
            "help": "what is printed: text for people, or with annotations of GitHub behind it;"
            " SARIF, JSON or Markdown instead [text]",
        },
        "junitxml": {"type": Path, "metavar": "FILE", "help": "write the verdicts as JUnit XML"},
        "resume": {"action": "store_true", "help": "go on with the run that was cut off"},
        "quiet": {"action": "store_true", "help": "no progress, only what was found"},
        # --- times
        "time": {
            "action": "store_true",
            "help": "also time every formula that conforms or follows a dialect",
        },
        "count": {
            "action": "store_true",
            "help": "count the instructions of each call, which no neighbour disturbs (with"
            " Valgrind); with --time, beside the times",
        },
        "fail-if-more-instructions": {
            "type": fraction,
            "metavar": "PERCENT",
            "help": "exit status 1 if one takes so many more instructions than the baseline: 1%%",
        },
        "verdicts": {
            "type": Path,
            "metavar": "FILE",
            "help": "take an earlier run's verdicts instead of judging again; --results then says"
            " where times and counts go",
        },
        "baseline": {
            "metavar": "NAME_OR_PATH",
            "help": "the contender that the others' times and counts are divided by [reference]",
        },
        "margin": {
            "type": fraction,
            "metavar": "PERCENT",
            "help": "smallest difference that matters [5%%]",
        },
        "budget": {
            "type": positive,
            "metavar": "SECONDS",
            "help": "time for each pair and workload; eight processes of each are always had"
            " [20; 4 with --quick]",
        },
        "threads": {
            "type": count,
            "metavar": "N",
            "help": "processor threads of each contender while it is timed or counted [1]",
        },
        "stored": {
            "type": Path,
            "metavar": "FILE",
            "help": "an earlier run's timing.jsonl: what has become slower since?",
        },
        "benchmark-json": {
            "type": Path,
            "metavar": "FILE",
            "help": "write the samples for pytest-benchmark's tools",
        },
        "fail-if-slower": {"action": "store_true", "help": "exit status 1 if one is slower"},
    }
)


def declare(parser: argparse.ArgumentParser, *names: str, **defaults: Any) -> None:
    """Give a verb's parser some of the options; a default may be another one for this verb."""
    for name in names:
        option = dict(OPTIONS[name])
        if name in defaults:
            option["default"] = defaults[name]
        parser.add_argument(f"--{name}", **option)


def results_of(asked: argparse.Namespace, name: str) -> Path | None:
    """Say where a run's results go: into its folder, or into a file of their own.

    Raises
    ------
    UsageError
        Both were given: pages are drawn from the folder's own results.
    """
    given: Path | None = asked.results
    if asked.out is None:
        return given
    folder: Path = asked.out / "results"
    if given is not None:
        raise UsageError(f"--results: with --out, results go into {folder}; leave one of them out")
    return folder / name


def check_places(asked: argparse.Namespace) -> None:
    """See that everything can be written that is to be, before anything is worked out.

    Raises
    ------
    UsageError
        Two options mean one file.
    OSError
        A file that cannot be written, named as it was asked for.
    """
    files: dict[Path, str] = {}
    for option in ("results", "junitxml", "benchmark_json"):
        path: Path | None = getattr(asked, option, None)
        if path is None:
            continue
        other = files.setdefault(path.absolute(), option)
        if other != option:
            raise UsageError(f"--{other} and --{option}: {path} cannot be both")
        if path.is_dir():
            raise UsageError(f"--{option.replace('_', '-')}: {path} is a folder; name a file")
        if option == "results" and path.exists() and not path.is_file():
            raise UsageError(f"--results: {path} is no file that a run can go on with; name one")
        _see_writable(path, path.parent, f"{path.name}.parts")
    out: Path | None = getattr(asked, "out", None)
    if out is not None:
        _see_writable(out, out, "results")


def _see_writable(asked: Path, folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            (folder / name).lstat()  # one that is too long says so now
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(asked)) from None


class Parser(argparse.ArgumentParser):
    """A parser that shows what was typed without letting a terminal obey it."""

    def _print_message(self, message: str, file: Any = None) -> None:
        shown = "\n".join(map(escaped, message.split("\n")))
        super()._print_message(shown, file)


def verb_parser(verb: str, description: str, **more: Any) -> argparse.ArgumentParser:
    """Begin a verb's parser."""
    from gradmark.command.line import EPILOG

    return Parser(
        prog=f"gradmark {verb}",
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        **more,
    )

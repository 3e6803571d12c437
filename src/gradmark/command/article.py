"""``gradmark article``: what the article states, put to the test."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gradmark.command.drawing import draw
from gradmark.command.options import declare, verb_parser
from gradmark.conformance.article import trial
from gradmark.conformance.article.ledger import CLAIMS, Scale
from gradmark.conformance.article.pace import LOG
from gradmark.conformance.engine.expectations import known
from gradmark.harness.resolve import UsageError


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("article", "Compute what the article states: all of it, or the claims named.")
    it.add_argument("claims", nargs="*", metavar="ID", help="show these claims, with evidence")
    it.add_argument("--list", action="store_true", help="list the claims, uncomputed")
    declare(it, "out", "results", "seed", "quick", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Compute; exit status 1 where a verdict is no longer the declared one."""
    if asked.list:
        sys.stdout.write(trial.listed())
        return 0
    for name in asked.claims:
        known("ID", name, CLAIMS)
    scale = Scale(asked.seed, asked.quick)
    out = None if asked.claims else asked.out  # a page of single claims would hide the others
    results = asked.results or (out and out / "results" / "article.jsonl")
    if results is not None and results.is_dir():
        raise UsageError(f"--results: cannot write {results}: Is a directory")
    if bool(asked.claims) == (results is not None):
        raise UsageError("give the ids of claims, or --list, --out DIR, --results FILE")
    turned = []
    with progress(quiet=asked.quiet):
        for name in asked.claims:
            text, its = trial.show(name, scale)
            sys.stdout.write(text)
            turned += its
        if results is not None:
            turned += trial.compute(results, scale)
    if out is not None:
        draw(out, quiet=asked.quiet)
    sys.stderr.writelines(f"{line}\n" for line in turned)
    return int(bool(turned))


@contextmanager
def progress(*, quiet: bool) -> Iterator[None]:
    """Let the ledger say on standard error how far it has come."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("article: %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        yield
    finally:
        LOG.removeHandler(handler)

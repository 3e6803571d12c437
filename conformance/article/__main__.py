"""The command: python -m gradmark.conformance.article --results FILE, or with the ids of claims."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gradmark.conformance.article.ledger import CLAIMS, Claim, Scale
from gradmark.conformance.article.pace import LOG
from gradmark.conformance.engine.header import header
from gradmark.harness.records import ClaimRecord, SeriesRecord
from gradmark.harness.results import ResultsWriter

SIGNS = {"holds": "✓", "holds if": "~", "fails": "✗", "not testable": "–"}


def ledger(scale: Scale) -> Iterator[SeriesRecord | ClaimRecord]:
    """Compute every claim; yield its pictures, each series once, and the claim itself."""
    drawn = set()
    for claim in CLAIMS.values():
        outcome = claim.compute(scale)
        for series in outcome.pictures:
            if series["name"] not in drawn:
                yield series
            drawn.add(series["name"])
        yield claim.record(outcome)


def main(arguments: list[str] | None = None) -> int:
    """Compute the ledger, or show entries of it; return 1 where a verdict is not as declared."""
    options = _parse(arguments)
    scale = Scale(options.seed, options.quick)
    progress = logging.StreamHandler(sys.stderr)
    progress.setFormatter(logging.Formatter("article: %(message)s"))
    LOG.addHandler(progress)
    LOG.setLevel(logging.WARNING if options.quiet else logging.INFO)
    try:
        if options.list:
            return _list()
        if options.claims:
            return max([_show(CLAIMS[id_], scale) for id_ in options.claims])
        return _write(options.results, scale)
    finally:
        LOG.removeHandler(progress)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m gradmark.conformance.article",
        description="Put what the article states to the test: all of it, or the claims named.",
    )
    parser.add_argument("claims", nargs="*", metavar="ID", help="show these claims")
    parser.add_argument(
        "--list", action="store_true", help="list the claims, without computing them"
    )
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        help="compute every claim and write the results here",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of every random choice [0]"
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs and points: a first look")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    options = parser.parse_args(arguments)
    if options.seed < 0:
        parser.error(f"--seed: expected a non-negative integer, got {options.seed}")
    if bool(options.claims) + options.list + (options.results is not None) != 1:
        parser.error("give the ids of claims, or --list, or --results FILE")
    for id_ in options.claims:
        if id_ not in CLAIMS:
            near = get_close_matches(id_, CLAIMS, n=3, cutoff=0.4)
            meant = f"; nearest: {', '.join(near)}" if near else ""
            parser.error(f"there is no claim {id_!r}{meant}; --list shows all of them")
    if options.results is not None and options.results.is_dir():
        parser.error(f"--results: cannot write {options.results}: Is a directory")
    return options


def _list() -> int:
    width = max(map(len, CLAIMS))
    for claim in CLAIMS.values():
        sys.stdout.write(f"{SIGNS[claim.verdict]} {claim.id:{width}}  {claim.statement}\n")
    return 0


def _show(claim: Claim, scale: Scale) -> int:
    outcome = claim.compute(scale)
    record = claim.record(outcome)
    told = {
        "section": claim.section,
        "claimed": claim.statement,
        "tested": claim.how,
        "found": outcome.says,
        **{f"  {name}": _spell(value) for name, value in outcome.numbers.items()},
        "pictures": ", ".join(record["pictures"]) or "none",
        "seed": f"{scale.seed}{', quick' if scale.quick else ''}",
    }
    width = max(map(len, told))
    sys.stdout.write(f"{SIGNS[outcome.verdict]} {outcome.verdict}: {claim.id}\n")
    sys.stdout.writelines(f"  {name:{width}}  {text}\n" for name, text in told.items())
    return _unexpected(record)


def _spell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda array: array.tolist())


def _write(results: Path, scale: Scale) -> int:
    status = 0
    with ResultsWriter(results, header(scale.seed, quick=scale.quick)) as writer:
        for record in ledger(scale):
            writer.write(record)
            name = record["name"] if record["kind"] == "series" else record["id"]
            LOG.info("%s %s", record["kind"], name)
            if record["kind"] == "claim":
                status |= _unexpected(record)
    return status


def _unexpected(record: ClaimRecord) -> int:
    """Tell, with an exit status of 1, that a claim's verdict is not the declared one."""
    declared = CLAIMS[record["id"]].verdict
    if record["verdict"] == declared:
        return 0
    LOG.warning("%s: declared %r, found %r", record["id"], declared, record["verdict"])
    return 1


if __name__ == "__main__":
    sys.exit(main())

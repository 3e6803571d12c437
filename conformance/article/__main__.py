"""The command: python -m conformance.article --results FILE."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from conformance.article import (
    descent_1d,
    landscape,
    learning_rates,
    lr_finder,
    optimizers,
    schedules,
    xor,
)
from conformance.cases import SEED, corpus_hash
from harness.fingerprint import fingerprint
from harness.results import Record, ResultsWriter


def figures(seed: int, quick: bool) -> Iterator[Iterator[Record]]:
    """Yield the records of each figure in turn; `quick` takes fewer points and initializations."""
    points = 41 if quick else 161
    yield landscape.records(points)
    yield descent_1d.records(points)
    yield optimizers.records(points)
    yield learning_rates.records(points)
    yield schedules.records()
    yield lr_finder.records()
    yield xor.records(points, initializations=2 if quick else 20, seed=seed)


def main(arguments: list[str] | None = None) -> int:
    """Compute every figure's data, write the results file, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.article",
        description="Compute the data of the article's figures, and what it shows.",
    )
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="write here")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="random choices [0]")
    parser.add_argument("--quick", action="store_true", help="fewer points: a first look")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    options = parser.parse_args(arguments)
    if options.seed < 0:
        parser.error(f"--seed: expected a non-negative integer, got {options.seed}")
    header = {
        "seed": options.seed,
        "quick": options.quick,
        "fingerprint": fingerprint(),
        "corpus": f"{corpus_hash()} (seed {SEED})",
    }
    try:
        writer = ResultsWriter(options.results, header)
    except OSError as error:
        parser.error(f"--results: cannot write {options.results}: {error.strerror}")
    with writer:
        for records in figures(options.seed, options.quick):
            for record in records:
                writer.write(record)
                if not options.quiet:
                    name = record.get("name") or record["id"]
                    sys.stderr.write(f"article: {record['kind']} {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Evaluate the truth ahead, so that a package or a machine has it before anybody asks.

``python -m gradmark.conformance.judging.build FOLDER`` writes a file for each formula and dtype.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np

from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.judging import store
from gradmark.conformance.judging.fit import fit_all
from gradmark.conformance.judging.kept import kept, truth
from gradmark.conformance.judging.within import within
from gradmark.harness.contract import DETERMINED
from gradmark.harness.contract.dtypes import USUAL


def build(
    place: Path = store.SHIPPED,
    formulas: Iterable[str] = DETERMINED,
    dtypes: Iterable[str] = USUAL,
    *,
    kinds: Collection[str] = ("canonical", "dialect"),
    say: Callable[[str], object] = lambda _: None,
) -> int:
    """Keep in a folder what it takes to judge whoever follows a form of these kinds.

    That is all of each such form, and of every other as much as tells it from them. What the
    user's cache knows already goes along.

    Returns
    -------
    int
        How many bytes were written.
    """
    size = 0
    for formula in formulas:
        for dtype in dtypes:
            for variant in variants(formula):
                if variant.kind(dtype) in kinds:
                    _follow(variant, dtype)
            path = kept(formula, dtype).write(place)
            size += path.stat().st_size
            say(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")
    return size


def _follow(variant: Variant, dtype: str) -> None:
    """Compare every form with the exact answers of one."""
    asked, answers = within(variant.formula, dtype), []
    if variant.kind(dtype) == "mistake":  # which is not followed to large cases
        asked = tuple(case for case in asked if not case.large)
    for case in asked:
        with np.errstate(over="ignore"):  # what exceeds the dtype is its infinity
            exact = truth(variant, case).all().high.astype(dtype)
        answers.append(exact.astype(float))
    fit_all(variants(variant.formula), asked, answers)


def main(arguments: list[str] | None = None) -> int:
    """Build what a wheel ships, or what a machine is to know."""
    parser = argparse.ArgumentParser(
        prog="python -m gradmark.conformance.judging.build",
        description="Evaluate the 50-digit truth about every form ahead.",
    )
    parser.add_argument("folder", type=Path, nargs="?", default=store.SHIPPED, help="write here")
    known = ("canonical", "dialect", "mistake")
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=known,
        default=known[:2],
        metavar="KIND",
        help="whom it is to be enough for: canonical, dialect, mistake [canonical dialect]",
    )
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stderr.write(f"truth: {line}\n")

    size = build(options.folder, kinds=options.kinds, say=say)
    say(f"{size / 1e6:.1f} MB in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

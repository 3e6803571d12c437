"""What a vector file says: of a formula, of its other forms, and of its cases."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from zlib import crc32

from gradmark.conformance.cases import SEED, Case, cases, corpus_hash
from gradmark.conformance.catalogue import variants
from gradmark.conformance.judging.tolerances import TRUTH
from gradmark.conformance.vectors.certificate import Document, certified
from gradmark.conformance.vectors.numerals import DIGITS, WORKING, hexadecimal
from gradmark.harness.contract import DETERMINED
from gradmark.harness.contract.dtypes import USUAL, roundoff, tiny
from gradmark.harness.own_process import settle_worker

SCHEMA_VERSION = 1
DRAWN = 4  # one case in so many is tried with every other form, where files are believed


def documents(
    formulas: Sequence[str] = tuple(DETERMINED), *, believed: Path | None = None
) -> dict[str, Document]:
    """Evaluate formulas of the contract: what the file of each says, by its name.

    Files in a folder that is `believed` are: of three cases in four, which forms they tell apart.
    """
    jobs = list(product(formulas, USUAL, [believed]))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=spawn, initializer=settle_worker) as pool:
        done = dict(zip(jobs, pool.map(certificates, *zip(*jobs, strict=True)), strict=True))
    return {
        formula: head(formula) | {"cases": [c for d in USUAL for c in done[formula, d, believed]]}
        for formula in formulas
    }


def certificates(formula: str, dtype: str, believed: Path | None = None) -> list[Document]:
    """Certify the cases of a formula in a dtype."""
    known = {} if believed is None else _told_apart(believed / f"{formula}.json", dtype)
    return [certified(case, known.get(case.id)) for case in listed(formula, dtype)]


def _told_apart(file: Path, dtype: str) -> dict[str, list[str]]:
    """Read which forms a file's cases tell apart, but for those that are drawn."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))["cases"]
        found = {case["id"]: case["tells_apart"] for case in written if case["dtype"] == dtype}
    except (OSError, ValueError, LookupError, TypeError):  # the comparison will tell
        return {}
    return {
        case: its
        for case, its in found.items()
        if crc32(f"{file.name} {dtype} {case}".encode()) % DRAWN
    }


def listed(formula: str, dtype: str) -> list[Case]:
    """List the cases that a file holds: all but the large ones, which would make it large."""
    return [case for case in cases(formula, dtype) if not case.large]


def head(formula: str) -> Document:
    """Say all that is the same for every case of a formula."""
    contract, (canonical, *others) = DETERMINED[formula], variants(formula)
    tolerance = TRUTH[contract.kind]
    return {
        "schema": SCHEMA_VERSION,
        "formula": formula,
        "kind": contract.kind,
        "parameters": list(contract.parameters),
        "returns": contract.returns,
        "provenance": {
            "form": {"says": canonical.says, "source": canonical.source},
            "evaluation": f"MPFR at {WORKING} digits, rounded to {DIGITS} in `value`, and to the "
            "dtype, ties to even, in `data`",
            "corpus": {"seed": SEED, "hash": corpus_hash(formula)},
        },
        "tolerance": {
            "factor": tolerance.factor,
            "reason": tolerance.reason,
            "roundoff": {dtype: hexadecimal(roundoff(dtype)) for dtype in USUAL},
            "tiny": {dtype: hexadecimal(tiny(dtype)) for dtype in USUAL},
        },
        "variants": {
            v.name: {dtype: v.kind(dtype) for dtype in USUAL} | {"says": v.says, "source": v.source}
            for v in others
        },
    }

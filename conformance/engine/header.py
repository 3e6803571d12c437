"""What every results file of a judging program begins with."""

from __future__ import annotations

from typing import Any

from gradmark.conformance.cases import SEED, corpus_hash
from gradmark.conformance.catalogue import catalogue_hash
from gradmark.harness.fingerprint import fingerprint


def header(seed: int, *, quick: bool) -> dict[str, Any]:
    """Name the seed, the machine with its libraries, the questions and the forms known."""
    return {
        "seed": seed,
        "quick": quick,
        "fingerprint": fingerprint(),
        "catalogue": catalogue_hash(),
        "corpus": f"{corpus_hash()} (seed {SEED})",
    }

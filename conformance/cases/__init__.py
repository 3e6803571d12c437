"""The questions every contender is asked: inputs chosen so that the known variants separate.

Inputs are rounded to the dtype first, and the truth is computed from the rounded values, so that
float32 is asked an exact question too. Cases come in order of size: the first that fails is the
one worth showing.
"""

from __future__ import annotations

import hashlib
from functools import cache

from gradmark.conformance.cases import functions, network, optimizers, schedules
from gradmark.conformance.cases.case import Case

SEED = 20260503  # of the drawn inputs; the corpus is fixed, whatever the seed of a run


@cache
def cases(formula: str, dtype: str) -> tuple[Case, ...]:
    """List a formula's cases in one dtype, small ones first."""
    return tuple(case.rounded_to(dtype) for case in _raw()[formula])


@cache
def _raw() -> dict[str, list[Case]]:
    return {
        **functions.make(SEED),
        **network.make(SEED),
        **optimizers.make(SEED),
        **schedules.make(),
    }


@cache
def corpus_hash() -> str:
    """Identify the corpus: any change of any input changes this hash."""
    digest = hashlib.sha256()
    for formula in sorted(_raw()):
        for dtype in ("float64", "float32"):
            for case in cases(formula, dtype):
                digest.update(case.canonical_bytes())
    return digest.hexdigest()[:16]


__all__ = ["SEED", "Case", "cases", "corpus_hash"]

"""The questions every contender is asked: inputs chosen so that the known variants separate.

Inputs are rounded to the dtype first, and the truth is computed from the rounded values, so that
float32 is asked an exact question too. Cases come in order of size: the first that fails is the
one worth showing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from zlib import crc32

import numpy as np

from gradmark.conformance.cases import (
    domain,
    functions,
    large,
    network,
    optimizers,
    schedules,
)
from gradmark.conformance.cases import special as _special
from gradmark.conformance.cases.case import Case, arrays_in, each_array
from gradmark.conformance.cases.needs import (
    has_soft_labels,
    needs,
    needs_any,
    order,
    refusable,
)
from gradmark.conformance.cases.own import GRIDS, SPECIAL
from gradmark.harness.contract import DETERMINED
from gradmark.harness.contract.dtypes import USUAL

# Importing a module enters what is special about its formula.
for _module in iter_modules(_special.__path__, f"{_special.__name__}."):
    import_module(_module.name)

SEED = 20260503  # of the drawn inputs; the corpus is fixed, whatever the seed of a run


@cache
def cases(formula: str, dtype: str) -> tuple[Case, ...]:
    """List a formula's cases in one dtype, small ones first."""
    return tuple(case.rounded_to(dtype) for case in _raw()[formula])


@cache
def _raw() -> dict[str, list[Case]]:
    table = {
        **functions.make(SEED),
        **network.make(SEED),
        **optimizers.make(SEED),
        **schedules.make(),
    }
    for formula, makers in SPECIAL.items():
        # A stream of its own: one more formula changes no other's cases.
        draw = np.random.default_rng([SEED, crc32(formula.encode())])
        for make in makers:
            table.setdefault(formula, []).extend(make(draw))
    for name, its in table.items():
        if name in DETERMINED:  # a step that is forgotten is told elsewhere
            row = DETERMINED[name]
            its.extend([*domain.make(row, SEED), *large.make(row, SEED)])
            if row.stepped:
                its[:] = [case.folded() for case in its]
        told_apart(its)
    return table


def told_apart(its: Iterable[Case]) -> None:
    """Refuse two cases of a formula with one id: the answers are kept, and compared, by it.

    Raises
    ------
    ValueError
        An id is there twice, perhaps because a special case has that of a derived one.
    """
    for (formula, name), count in Counter((case.formula, case.id) for case in its).items():
        if count > 1:
            raise ValueError(f"{formula}: {count} cases have the id {name!r}")


def made_for() -> tuple[str, ...]:
    """List the formulas that there are cases for."""
    return tuple(_raw())


@cache
def corpus_hash(formula: str | None = None) -> str:
    """Identify the corpus, or one formula's part: any change of any input changes this hash."""
    digest = hashlib.sha256()
    for name in [formula] if formula else sorted(_raw()):
        for dtype in USUAL:
            for case in cases(name, dtype):
                digest.update(case.canonical_bytes())
    return digest.hexdigest()[:16]


__all__ = [
    "GRIDS",
    "SEED",
    "Case",
    "arrays_in",
    "cases",
    "corpus_hash",
    "each_array",
    "has_soft_labels",
    "made_for",
    "needs",
    "needs_any",
    "order",
    "refusable",
]

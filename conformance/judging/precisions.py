"""The same form, in code that keeps its constants in the other precision.

A guard of 1e-7 is 1 − 1e-7 in float64, and another number in float32; which of the two some code
uses may hang on the type of what it is given. Code that is more exact than asked is never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradmark.conformance.catalogue import Variant, takes_dtype
from gradmark.conformance.catalogue.recipe import Composed, wider
from gradmark.harness.contract.dtypes import WIDEST


def in_other_precisions(variant: Variant, dtype: str) -> Iterator[Variant]:
    """Yield a form with its constants in the dtype and in the widest one, but for what it has."""
    if dtype == WIDEST or not takes_dtype(variant.body):
        return
    if variant.stored != WIDEST:
        yield wider(variant, WIDEST)
    elif not isinstance(variant, Composed):
        yield replace(variant, stored="")

"""Which questions a dtype has the range for.

All cases were made for float64 and float32. In a dtype of a narrower range some numbers of a case,
or some on the way to the answer, would be infinite: code that adds in another order would then give
another answer, and be right. What overflows on the way of the canonical form is not asked; nor is
what rounding makes of a case where that is left out: a probability of 1 for one next to it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, arrays_in, cases, order
from gradmark.conformance.cases.left_out import LEFT_OUT
from gradmark.conformance.catalogue import form, takes_dtype
from gradmark.conformance.judging.floats import in_floats
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL, largest


@cache
def within(formula: str, dtype: str) -> tuple[Case, ...]:
    """List the cases of a formula that a dtype has the range for: plain first, and large last."""
    every = (case for case in cases(formula, dtype) if stays_within(case))
    return tuple(sorted(every, key=order))


def stays_within(case: Case) -> bool:
    """Whether nothing overflows where the canonical form is computed in the case's own dtype.

    Nor may what rounding has left small there: 400 x (x² − y), of squares that are nearly equal.
    """
    if case.dtype in USUAL:
        return True
    if any(np.isinf(a).any() for a in arrays_in(*case.arguments)):
        return False
    if any(gap.covers(case) for gap in LEFT_OUT):
        return False
    try:
        with np.errstate(all="ignore", over="raise"):
            _computed(case)
    except FloatingPointError:
        return False
    true = in_floats(form(case.formula), case)
    return not bool((np.isfinite(true) & (abs(true) > largest(case.dtype))).any())


def _computed(case: Case) -> Any:
    body = form(case.formula).body
    options = {"dtype": case.dtype} if takes_dtype(body) else {}
    if CONTRACT[case.formula].stepped:
        w, gradients, rates = case.arguments
        return list(body(w, list(gradients), rates, **case.hyper, **options))
    return body(*case.arguments, **options)

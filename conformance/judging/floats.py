"""Forms in plain floats: quick guesses, of which 50 digits decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, takes_dtype
from gradmark.conformance.judging.flat import flat
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL

FAR = 1e-2  # of the largest number met: no arithmetic explains that in an answer of a few steps


def in_floats(variant: Variant, case: Case) -> np.ndarray:
    """Evaluate a form on floats; nothing where it does not come to numbers."""
    options = {"dtype": variant.stored or case.dtype} if takes_dtype(variant.body) else {}
    try:
        with np.errstate(all="ignore"):
            if CONTRACT[case.formula].stepped:
                w, gradients, rates = case.arguments
                wide = [np.asarray(w, float), np.asarray(gradients, float), rates]
                parts = list(variant.body(*wide, **case.hyper, **options))
            else:
                parts = variant.body(*map(_wide, case.arguments), **options)
        return flat(parts)
    except (ArithmeticError, ValueError, TypeError):  # out of its domain, some forms raise
        return np.empty(0)


def _wide(argument: Any) -> Any:
    """Widen an argument to float64: a list stays a list of what is in it."""
    if isinstance(argument, list):
        return list(map(_wide, argument))
    return np.asarray(argument, float)[()]


def far_from(variant: Variant, case: Case, got: np.ndarray) -> bool:
    """Whether an answer is so far from a form that it takes no 50 digits to refute it."""
    if case.dtype not in USUAL:
        return False
    told = in_floats(variant, case)
    if len(told) != len(got) or not len(got):
        return False
    with np.errstate(all="ignore"):
        room = FAR * np.maximum(np.maximum(abs(told), abs(got)), _largest(case))
        off = np.isfinite(told) & np.isfinite(got) & (abs(told - got) > room)
    return bool(off.any())


def _largest(case: Case) -> float:
    """Return the largest number that may cancel on the way to an answer."""
    sizes = [float(np.max(abs(flat(a)), initial=0)) for a in case.arguments]
    if CONTRACT[case.formula].stepped:
        w, gradient, rate = sizes
        return max(w, gradient * rate)
    return max(sizes)

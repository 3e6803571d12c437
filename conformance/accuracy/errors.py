"""Errors of one answer in units of the last place, and what is allowed there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.tolerances import TRUTH
from gradmark.conformance.truth import Numbers
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import roundoff, tiny


class Errors(NamedTuple):
    """Entry by entry: the error, and the error that is allowed, in ULPs.

    `excess` is the error over what is allowed; `explained` says whether worse arithmetic could be
    all there is to it.
    """

    ulps: np.ndarray
    bounds: np.ndarray
    excess: np.ndarray
    explained: np.ndarray


def errors(expected: Numbers, got: np.ndarray, case: Case) -> Errors:
    """Compare one answer with the truth.

    |got − truth| / ulp  beside  (factor · u · error + tiny) / ulp

    An ulp is that of the largest magnitude met on the way, `Number.scale`, as in the verdicts.
    """
    dtype = CONTRACT[case.formula].computed_in(case.dtype)
    floor = tiny(dtype)
    allowed = TRUTH[CONTRACT[case.formula].kind].within(dtype) * roundoff(dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # what exceeds float32 is its infinity
        spacing = np.spacing(np.maximum(expected.scale, floor).astype(dtype)).astype(float)
        bounds = (allowed * expected.error + floor) / spacing
    found = entries(expected, got, case)
    return Errors(found.ulp, bounds, found.excess, found.explained)

"""Errors of one answer in units of the last place, and what is allowed there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.fit import entries
from gradmark.conformance.judging.tolerances import TRUTH
from gradmark.conformance.truth import Number
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import roundoff, tiny


class Errors(NamedTuple):
    """Entry by entry: the error, and the error that is allowed, in ULPs."""

    ulps: np.ndarray
    bounds: np.ndarray


def errors(expected: Sequence[Number], got: np.ndarray, case: Case) -> Errors:
    """Compare one answer with the truth.

    |got − truth| / ulp  beside  (factor · u · error + tiny) / ulp

    An ulp is that of the largest magnitude met on the way, `Number.scale`, as in the verdicts.
    """
    dtype, floor = case.dtype, tiny(case.dtype)
    allowed = TRUTH[CONTRACT[case.formula].kind].factor * roundoff(dtype)
    scale = np.array([max(number.scale, floor) for number in expected])
    running = np.array([number.error for number in expected])
    with np.errstate(over="ignore", invalid="ignore"):  # what exceeds float32 is its infinity
        ulps = np.array([entry.ulp for entry in entries(expected, got, case)])
        spacing = np.spacing(scale.astype(dtype)).astype(float)
        return Errors(ulps, (allowed * running + floor) / spacing)

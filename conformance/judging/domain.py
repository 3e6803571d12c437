"""Whether a simpler question is still one of the same kind, that a person would ask.

One-hot rows stay rows that sum to 1, probabilities stay between 0 and 1, and who was sure and right
does not become sure and wrong: else another fault would be shown than the one that was found.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.flat import flat
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.contract.parameter import LABELS, PROBABILITIES

ROWS = ("class label", "class probability")


def stays(candidate: Case, case: Case) -> bool:
    """Tell whether a candidate keeps to the domain of the case that it was made of."""
    takes = CONTRACT[case.formula].takes
    arrays = [
        (parameter, _array(before), _array(after))
        for parameter, before, after in zip(
            takes, case.arguments, candidate.arguments, strict=False
        )
        if parameter.is_array
    ]
    slack = 16 * DTYPES[case.dtype].epsilon
    for parameter, before, after in arrays:
        low, high = parameter.domain
        if _within(before, low, high) and not _within(after, low, high):
            return False
        if parameter.role in ROWS and _whole(before, slack) and not _whole(after, slack):
            return False
    return _sides(candidate) == _sides(case)


def _array(argument: Any) -> np.ndarray:
    """Read an argument as one array; of a list, all its numbers."""
    return flat(argument) if isinstance(argument, list) else np.asarray(argument, float)


def _within(x: np.ndarray, low: float, high: float) -> bool:
    return bool(np.all((x >= low) & (x <= high)))


def _whole(rows: np.ndarray, slack: float) -> bool:
    return rows.ndim > 0 and bool(np.all(np.abs(rows.sum(axis=-1) - 1) <= slack))


def _sides(case: Case) -> frozenset[bool]:
    """Say whether predictions are on their labels' side: all of them, none, or some."""
    by_role = dict(zip(CONTRACT[case.formula].roles, case.arguments, strict=False))
    label = next((np.asarray(by_role[role]) for role in by_role if role in LABELS), None)
    predicted = next((np.asarray(by_role[r]) for r in by_role if r in PROBABILITIES), None)
    if label is None or predicted is None or not label.size:
        return frozenset()
    if any(role in ROWS for role in by_role):
        right = label.argmax(axis=-1) == predicted.argmax(axis=-1)
    else:
        right = (label >= 0.5) == (predicted >= 0.5)
    return frozenset(np.unique(right).tolist())

"""What is done with numbers that are none: a fact to be told, not a fault."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.judge import Answer
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.parameter import LABELS
from gradmark.harness.host import ContenderFault


def non_finite(formula: str, dtype: str, answer: Answer) -> str:
    """Say what becomes of a NaN among ordinary numbers, and of an infinity among gradients.

    Returns
    -------
    str
        "propagated": what hangs on it is no number, and the rest is as without it; "spread": other
        entries are none either; "zeroed": as if it were 0; "step skipped": as if it had not been
        asked; "refused": it raises; "replaced": some other number. Where the two differ, both are
        told; nothing where the formula takes no arrays of any shape.
    """
    row = CONTRACT[formula]
    if not row.stepped:
        return _of_entry(formula, dtype, answer)
    told = [_of_gradient(formula, dtype, answer, value) for value in (np.nan, np.inf)]
    return told[0] if told[0] == told[1] else f"NaN {told[0]}, infinity {told[1]}"


# --- optimizers -----------------------------------------------------------------------------------


def _of_gradient(formula: str, dtype: str, answer: Answer, value: float) -> str:
    w = np.array([1.0, -2.0, 0.5], dtype)
    gradients = np.array([[0.5, -1.0, 0.25], [1.0, value, -0.5], [0.25, 0.5, 1.0]], dtype)
    hyper = CONTRACT[formula].settings(0)

    def run(steps: np.ndarray) -> np.ndarray | None:
        case = Case(formula, "not-finite", (w, steps, [0.1] * len(steps)), hyper, dtype)
        return _asked(case.folded(), answer)

    got = run(gradients)
    zeroed = run(np.where(np.isfinite(gradients), gradients, 0).astype(dtype))
    skipped = run(gradients[[0, 2]])
    if got is None:
        return "refused"
    assert zeroed is not None
    assert skipped is not None
    got, zeroed, skipped = (its.reshape(-1, 3) for its in (got, zeroed, skipped))
    if _same(got, zeroed):
        return "zeroed"
    if _same(got[[0, 2]], skipped) and _same(got[1], got[0]):
        return "step skipped"
    if np.isfinite(got[1:, 1]).all():
        return "replaced"
    return "propagated" if np.isfinite(got[:, [0, 2]]).all() else "spread"


# --- functions ------------------------------------------------------------------------------------


def _of_entry(formula: str, dtype: str, answer: Answer) -> str:
    row = CONTRACT[formula]
    arrays = [p for p in row.takes if p.is_array]
    if not arrays or any(p.many or p.shape != "..." or p.role == "point" for p in arrays):
        return ""
    arguments = [_ordinary(p.role, dtype) for p in arrays]
    arguments[-1][0, 1] = np.nan
    rest = [p.usual for p in row.takes if not p.is_array]
    got = _asked(Case(formula, "not-finite", (*arguments, *rest), dtype=dtype), answer)
    if got is None:
        return "refused"
    if not row.elementwise:
        return "replaced" if np.isfinite(got).all() else "propagated"
    if np.isfinite(got[1]):
        return "replaced"
    return "propagated" if np.isfinite(np.delete(got, 1)).all() else "spread"


def _ordinary(role: str, dtype: str) -> np.ndarray:
    if role == "signed label":
        return np.array([[-1, 1], [1, -1]], dtype)
    if role in LABELS:
        return np.array([[0, 1], [1, 0]], dtype)
    return np.array([[0.25, 0.75], [0.5, 0.5]], dtype)


# --------------------------------------------------------------------------------------------------


def _asked(case: Case, answer: Answer) -> np.ndarray | None:
    try:
        return flat(answer(case))
    except ContenderFault:
        return None


def _same(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-7))


__all__ = ["non_finite"]

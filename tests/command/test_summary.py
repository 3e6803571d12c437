"""The verdicts in the terminal: a reason that many share is read once."""

from __future__ import annotations

from typing import Any

from gradmark.harness.verdicts import DEFINITIONS_ALONE
from gradmark.summary import reasons


def record(formula: str, dtype: str, verdict: str, detail: str) -> dict[str, Any]:
    return {
        "formula": formula,
        "dtype": dtype,
        "verdict": verdict,
        "variant": None,
        "detail": detail,
    }


def test_one_import_that_fails_is_one_reason_however_many_formulas_need_it() -> None:
    failed = f"{DEFINITIONS_ALONE}: No module named 'mlx'."
    records = [
        record(formula, dtype, "unbound", f"raised NameError in {formula}. {failed}")
        for formula in ("relu", "sigmoid")
        for dtype in ("float64", "float32")
    ]
    of_its_own = record(
        "softmax", "float64", "unbound", f"what a, b, c is for is not known. {failed}"
    )
    told = "\n".join(reasons([*records, of_its_own, record("tanh", "float64", "conforms", failed)]))
    assert told.count("raised NameError") == 1
    assert "relu, sigmoid: unbound, float64, float32" in told
    assert "softmax: unbound, float64\n      what a, b, c is for is not known" in told


def test_reasons_of_their_own_stay_apart() -> None:
    records = [record(f, "float64", "unbound", f"two may be {f}") for f in ("relu", "tanh")]
    told = "\n".join(reasons(records))
    assert "two may be relu" in told
    assert "two may be tanh" in told

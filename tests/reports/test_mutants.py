"""The mutants' page: what was caught, what was not, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradmark.command import main
from gradmark.harness.results import ResultsWriter

HEADER = {
    "seed": 0,
    "quick": False,
    "corpus": "c0ffee",
    "fingerprint": {"machine": {}, "python": {}, "blas": {}, "packages": {}, "git": {}},
}


def mutant(outcome: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "mutant",
        "formula": "relu",
        "dtype": "float64",
        "name": "relu: leaky",
        "origin": "catalogue",
        "outcome": outcome,
        "expected": "deviates leaky",
        "verdict": "deviates",
        "variant": "leaky",
        "detail": "Leaks.",
        **changes,
    }


def page(out: Path, *records: dict[str, Any]) -> str:
    with ResultsWriter(out / "results" / "mutants.jsonl", HEADER) as results:
        for record in records:
            results.write(record)
    assert main(["report", "--draw", "--out", str(out), "--quiet"]) == 0
    return (out / "mutants.md").read_text(encoding="utf-8")


def test_the_page_counts_what_was_caught_and_by_name(tmp_path: Path) -> None:
    text = page(
        tmp_path,
        mutant("named"),
        mutant("caught", name="relu.relu: 0 → 1", origin="generated"),
        mutant("conforms", name="fused: relu", origin="correct"),
    )
    assert "Of 2 that are wrong, 2 were caught, 1 of them by name; 0 survived." in text
    assert "Of 1 that are right, 0 were accused." in text
    assert "| relu | 3 | 1 | 1 |  |  | 1 |  |" in text
    assert "[mutants](mutants.md)" in (tmp_path / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("survived", "Survivors"),
        ("false alarm", "False alarms"),
        ("equivalent", "Equivalent, and why"),
    ],
)
def test_what_was_not_caught_stands_under_its_reason(
    tmp_path: Path, outcome: str, title: str
) -> None:
    why = "A square has no sign."
    text = page(
        tmp_path,
        mutant(outcome, name="a → b", detail=why),
        mutant(outcome, name="c → d", detail=why),
        mutant(outcome, name="c → d", detail=why, dtype="float32"),
    )
    assert f"## {title}\n\n{why}\n\n- a → b (float64)\n- c → d (float64, float32)\n" in text


def test_the_same_records_make_the_same_page(tmp_path: Path) -> None:
    records = [mutant("named"), mutant("survived", name="other")]
    assert page(tmp_path / "one", *records) == page(tmp_path / "two", *records)

"""The page that sets conventions side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gradmark.command import main
from gradmark.harness.results import ResultsWriter

HEADER = {"seed": 0, "quick": False, "corpus": "c0ffee", "fingerprint": {}}


def drawn(out: Path, *records: dict[str, Any]) -> list[str]:
    with ResultsWriter(out / "results" / "conformance.jsonl", HEADER) as results:
        for record in records:
            results.write(record)
    assert main(["report", "--draw", "--out", str(out), "--quiet"]) == 0
    return (out / "conventions.md").read_text().splitlines()


def verdict(implementation: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "verdict",
        "implementation": implementation,
        "formula": "Adam",
        "dtype": "float64",
        "verdict": "conforms",
        "variant": None,
        "ulp": 0.5,
        "detail": "",
        "distance": 0.25,
        "margin": 12.0,
        "runner_up": "epsilon-hat",
        **changes,
    }


def test_who_follows_which_convention_stands_in_one_row(tmp_path: Path) -> None:
    page = drawn(
        tmp_path,
        verdict("ours"),
        verdict("theirs", verdict="dialect", variant="epsilon-hat", detail="ε before correction."),
        verdict("nobody", verdict="absent"),
    )
    assert "| Adam | 2 | **the article's form**: ours<br>**epsilon-hat**: theirs |" in page
    assert "**epsilon-hat**, dialect (theirs, float64): ε before correction." in page
    assert not any("nobody" in line for line in page)


def test_every_row_names_the_line_that_holds_its_numbers(tmp_path: Path) -> None:
    theirs = verdict("theirs", ulp=0.75)
    about = {key: theirs[key] for key in ("implementation", "formula", "dtype")}
    measured = {"worst": 0.625, "p99": 0.5, "bound": 4.0, "points": 9, "at": "somewhere"}
    page = drawn(tmp_path, verdict("ours"), {"kind": "accuracy", **about, **measured}, theirs)
    (row,) = (line for line in page if line.startswith("| theirs | float64"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:] == [
        "✓ conforms",
        "the article's form",
        "0.25",
        "12",
        "epsilon-hat",
        "0.75",
        "0.5",
        "0.625",
        "4",
    ]
    lines = (tmp_path / "results" / "conformance.jsonl").read_text().splitlines()
    assert json.loads(lines[int(cells[-1]) - 1])["implementation"] == "theirs"


def test_a_form_that_was_not_followed_to_its_end_is_not_called_next_best(tmp_path: Path) -> None:
    page = drawn(tmp_path, verdict("ours", margin=1e4))
    (row,) = (line for line in page if line.startswith("| ours | float64"))
    assert "> 10⁴ |  |" in row

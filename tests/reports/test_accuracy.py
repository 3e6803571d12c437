"""The section on accuracy: its numbers, its reasons for empty cells, its picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from gradmark.harness.results import Results
from gradmark.reports.accuracy import section
from gradmark.reports.figures.accuracy import ROW, _height
from gradmark.reports.style import DPI


def _record(**changes: Any) -> dict[str, Any]:
    about = {"implementation": "mine", "formula": "Adam", "dtype": "float64"}
    found = {"worst": 2.345, "p99": 1.25, "bound": 61.0, "points": 900, "at": "w = 0.5: step 2"}
    return {"kind": "accuracy", **about, **found, **changes}


def _verdict(formula: str, verdict: str) -> dict[str, Any]:
    about = {"implementation": "mine", "formula": formula, "dtype": "float64"}
    return {"kind": "verdict", **about, "verdict": verdict, "variant": None, "ulp": 1.0}


def _page(folder: Path, *records: dict[str, Any]) -> str:
    return "\n".join(section(Results({"seed": 0}, records, None), folder))


def test_a_table_holds_worst_p99_and_what_is_allowed(tmp_path: Path) -> None:
    page = _page(tmp_path, _verdict("Adam", "conforms"), _record())
    assert "| formula | float64: worst | p99 | allowed |" in page
    assert "| Adam | 2.35 | 1.25 | 61 |" in page
    assert "Beyond" not in page


def test_what_was_not_measured_says_why(tmp_path: Path) -> None:
    verdicts = _verdict("relu", "deviates"), _verdict("SGD", "absent"), _verdict("Adam", "conforms")
    page = _page(tmp_path, *verdicts, _record())
    assert "| relu | deviates |  |  |" in page
    assert "SGD" not in page  # a row says nothing


def test_what_is_beyond_the_bound_is_bold_and_its_place_is_shown(tmp_path: Path) -> None:
    page = _page(tmp_path, _record(worst=5.4e8), _record(formula="relu", worst="Infinity"))
    assert "| Adam | **5.4e+08** | 1.25 | 61 |" in page
    assert "| relu | **inf** |" in page
    assert "Beyond what is allowed, Adam, float64:\n\n```\nw = 0.5: step 2\n```" in page


def test_without_measurements_there_is_no_section(tmp_path: Path) -> None:
    assert _page(tmp_path, _verdict("Adam", "absent")) == ""
    assert list(tmp_path.iterdir()) == []


def test_the_picture_has_a_row_per_contender_and_dtype(tmp_path: Path) -> None:
    few = [_record(), _record(formula="relu", worst=0.0, bound=0.0)]
    _page(tmp_path, *few)
    low = imread(tmp_path / "accuracy.png")
    _page(tmp_path, *few, *(_record(implementation=f"other {i}") for i in range(4)))
    high = imread(tmp_path / "accuracy.png")
    assert low.shape[1] == high.shape[1] == 1600
    assert high.shape[0] - low.shape[0] == pytest.approx(4 * ROW * DPI, abs=2)
    for edge in (high[:4], high[-4:], high[:, :4], high[:, -4:]):
        assert edge[..., :3].min() == 1


@pytest.mark.parametrize(
    ("ulps", "height"),
    [
        (0.0, 0),
        (0.7, 0.035),
        (4.0, 0.2),
        (10.0, 0.5),
        (10**5.5, 0.75),
        (1e10, 1),
        (float("inf"), 1),
    ],
)
def test_a_gauge_tells_small_errors_apart_and_has_room_for_large_ones(
    ulps: float, height: float
) -> None:
    assert _height(ulps) == pytest.approx(height)

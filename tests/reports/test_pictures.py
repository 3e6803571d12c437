"""Every picture can be read: no text leaves it, or lies on another text or on a legend."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from gradmark.harness.contract import CONTRACT
from gradmark.reports.figures import (
    accuracy,
    conformance_matrix,
    forest,
    power,
    scaling,
    separation,
)
from gradmark.reports.figures.cast import cast
from gradmark.reports.figures.dots import Dot
from gradmark.reports.figures.dots import draw as dots
from gradmark.reports.style import canvas
from tests.reports.pictures import faults
from tests.reports.test_reports import header, verdict
from tests.reports.test_timing import limit, pair

NAMES = ("reference", "a contender whose name goes on and on", "c", "pytorch", "numba_fused")
HEADER = header(quick=True)
DTYPES = ("float64", "float32")


def grid(formulas: int, contenders: int) -> tuple[list[Any], list[Any]]:
    """Verdicts and errors of many formulas, or of one."""
    verdicts, errors = [], []
    for at, formula in enumerate(list(CONTRACT)[:formulas]):
        for who, name in enumerate(NAMES[:contenders]):
            for dtype in DTYPES:
                about = {"implementation": name, "formula": formula, "dtype": dtype}
                word = ("conforms", "dialect", "inaccurate", "deviates", "absent")[(at + who) % 5]
                verdicts.append(verdict(**about, verdict=word))
                worst = (0.0, 0.7, 4.0, 21.7, 5.4e8, float("inf"))[(at + 2 * who) % 6]
                errors.append({**about, "worst": worst, "bound": (4.0, 1e3)[at % 2], "p99": 0.5})
    return verdicts, errors


def pairs() -> list[Any]:
    words = ("faster", "same", "slower", "inconclusive")
    return [
        pair(name, 0.4 * 2**at, words[at], parameters=size)
        for at, name in enumerate(NAMES[1:])
        for size in (10**3, 10**5, 10**7)
    ]


def far_apart() -> list[Any]:
    """Forms of which half are far from all others."""
    near = (0.001, 0.9, 3.0, 700.0)
    excess = [[near[(i + j) % 4] if i % 2 else 1e4 for j in range(9)] for i in range(9)]
    return [
        {"formula": f, "dtype": d, "variants": ["v"] * 9, "excess": excess, "inseparable": []}
        for f in CONTRACT
        for d in DTYPES
    ]


def trials() -> list[Any]:
    return [
        {
            "margin": margin, "neighbours": noisy, "extra": extra,
            "verdict": "slower" if (n * 7 + extra) % 20 < extra else "same",
            "slower_elsewhere": dict.fromkeys(("asv", "pyperf", "pytest-benchmark"), n % 3 == 0),
        }
        for margin in (2, 5) for noisy in (0, 4) for extra in (0, 2, 5, 10, 20) for n in range(9)
    ]  # fmt: skip


LOOKS = cast(NAMES, "reference")
PICTURES = {
    "a grid of one formula": lambda: conformance_matrix.draw(grid(1, 5)[0], HEADER),
    "a grid of all formulas": lambda: conformance_matrix.draw(grid(99, 5)[0], HEADER),
    "the errors of one": lambda: accuracy.draw(*grid(1, 2)[::-1], HEADER),
    "the errors of all": lambda: accuracy.draw(*grid(99, 3)[::-1], HEADER),
    "a forest": lambda: forest.draw("compute_gradients", pairs(), HEADER),
    "growth": lambda: scaling.draw("Adam", pairs(), [limit("c", 2.0)], LOOKS, HEADER),
    "distances": lambda: separation.draw(far_apart(), HEADER),
    "the clock's power": lambda: power.draw(trials(), HEADER),
    "first calls": lambda: dots(
        "What the first call takes", "time of the first call",
        [Dot(f, d, n, 0.1, 0.05, 0.2) for f in list(CONTRACT)[:9] for d in DTYPES for n in NAMES],
        dict.fromkeys(CONTRACT, "1,000"), LOOKS, lambda tick: f"{tick:g} s", HEADER, ["medians"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.sweep
def test_no_text_is_cut_off_or_covered(name: str) -> None:
    assert faults(PICTURES[name]()) == []


def test_that_no_form_is_far_is_a_number_too() -> None:
    near = {"formula": "Muon", "variants": ["v"] * 2, "excess": [[0.0, 9.0], [9.0, 0.0]]}
    figure = separation.draw([{**near, "dtype": dtype} for dtype in DTYPES], HEADER)
    assert [text.get_text() for text in figure.axes[0].texts].count("0") == len(DTYPES)


def _bad(x: float, y: float, rotation: float = 0) -> Figure:
    figure = canvas(3, "A title")
    figure.text(0.5, 0.5, "one text", rotation=rotation)
    figure.text(x, y, "another text", rotation=rotation)
    return figure


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (_bad(0.52, 0.5), ["'another text' lies on 'one text'"]),
        (_bad(0.5, 0.5, 45), ["'another text' lies on 'one text'"]),
        (_bad(0.54, 0.5, 45), []),  # beside it, though the boxes around both meet
        (_bad(0.95, 0.2), ["'another text' leaves the canvas"]),
        (_bad(0.02, 0.9), ["'another text' lies on 'A title'"]),
    ],
)
def test_what_cannot_be_read_is_found(figure: Figure, said: list[str]) -> None:
    assert [" lies on ".join(sorted(told.split(" lies on "))) for told in faults(figure)] == [
        " lies on ".join(sorted(told.split(" lies on "))) for told in said
    ]

"""Contenders by formulas: the worst error on a log scale, and what is allowed there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf, isfinite, log10
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from gradmark.reports.figures.grid import Grid, Record
from gradmark.reports.style import (
    BLACK,
    GREY,
    ORANGE,
    PALE,
    SKY,
    canvas,
    caption,
    legend_below,
    styled,
)

MIDDLE, MOST = 10.0, 1e10  # ulps in the middle and at the top of a gauge
ROW = 0.66  # inches
WIDE, HIGH, FOOT = 0.92, 0.56, 0.96  # of a cell: the gauge; its number stands above it


@styled
def draw(records: Sequence[Record], verdicts: Sequence[Record], header: Record) -> Figure:
    """Draw a gauge per contender, dtype and formula: filled up to the worst error found."""
    had = {record["formula"] for record in verdicts if record["verdict"] != "absent"}
    had |= {record["formula"] for record in records}
    grid = Grid([record for record in (*verdicts, *records) if record["formula"] in had])
    figure = canvas(1.4 + grid.height(ROW), "How far the worst answer is off, in ulps")
    grid.on(figure)
    measured = {grid.cell(record) for record in records}
    for record in records:
        _gauge(*grid.cell(record), record)
    for axes, formulas in zip(grid.panels, grid.bands, strict=True):
        for x, y in product(range(len(formulas)), range(len(grid.rows))):
            if (axes, x, y) not in measured:
                axes.text(x + 0.5, y + 0.55, "–", ha="center", va="center", color=GREY)
    keys = [
        Patch(facecolor=SKY, label="worst error, within what is allowed"),
        Patch(facecolor=ORANGE, hatch="////", edgecolor="white", label="beyond"),
        Line2D([], [], color=BLACK, linewidth=2.2, label="what is allowed at that point"),
    ]
    legend_below(figure, keys, 3)
    scale = "gauges: 0 to 10 ulps, above their middle log to 10¹⁰"
    return caption(figure, header, [scale, "–: unmeasured"])


def _height(ulps: float) -> float:
    """Place an error between the foot of a gauge, 0, and its top, 1.

    Examples
    --------
    >>> [_height(ulps) for ulps in (0, 4, 10, 1e10, inf)]
    [0.0, 0.2, 0.5, 1.0, 1.0]
    """
    if ulps <= MIDDLE:
        return ulps / MIDDLE / 2
    return 0.5 + log10(min(ulps, MOST) / MIDDLE) / log10(MOST / MIDDLE) / 2


def _gauge(axes: Axes, x: int, y: int, record: Record) -> None:
    worst, bound = float(record["worst"]), float(record["bound"])
    left, foot = x + (1 - WIDE) / 2, y + FOOT
    axes.add_patch(Rectangle((left, foot), WIDE, -HIGH, facecolor=PALE, linewidth=0))
    look: dict[str, Any] = {"facecolor": SKY, "linewidth": 0}
    if worst > bound:
        look = {"facecolor": ORANGE, "edgecolor": "white", "hatch": "////", "linewidth": 0}
    axes.add_patch(Rectangle((left, foot), WIDE, -HIGH * _height(worst), **look))
    level = foot - HIGH * _height(bound)
    axes.plot([left, left + WIDE], [level, level], color=BLACK, linewidth=1.6)
    axes.text(
        x + 0.5, y + 0.22, _short(worst), ha="center", va="center", fontsize=10, color=BLACK,
        parse_math=False,
    )  # fmt: skip


def _short(ulps: float) -> str:
    """Spell an error in as much as four letters.

    Examples
    --------
    >>> [_short(ulps) for ulps in (0.0, 1e-9, 0.49, 3.14, 21.7, 540, 9583, 5.4e8)]
    ['0', '0', '0.5', '3.1', '22', '540', '1e4', '5e8']
    """
    if not isfinite(ulps):
        return "∞" if ulps == inf else "?"
    if ulps >= 999.5:
        return f"{ulps:.0e}".replace("e+0", "e").replace("e+", "e")
    if ulps >= 9.95 or ulps < 0.05:
        return f"{ulps:.0f}"
    return f"{ulps:.1f}"

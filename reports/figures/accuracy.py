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
from matplotlib.patheffects import withStroke

from gradmark.reports.figures.grid import BITS, Grid, Record
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

LEAST, MOST = 0.1, 1e10  # ulps at the foot and at the top of a cell
ROW = 0.5  # inches
WIDE = 0.92  # of a cell


@styled
def draw(records: Sequence[Record], verdicts: Sequence[Record], header: Record) -> Figure:
    """Draw a gauge per contender, dtype and formula: filled up to the worst error found."""
    grid = Grid([*verdicts, *records])
    figure = canvas(3.1 + ROW * len(grid.rows), "How far the worst answer is off, in ulps")
    axes = figure.subplots()
    for record in records:
        _gauge(axes, *grid.cell(record), record)
    measured = {grid.cell(record) for record in records}
    for x, y in product(range(len(grid.formulas)), range(len(grid.rows))):
        if (x, y) not in measured:
            axes.text(x + 0.5, y + 0.55, "–", ha="center", va="center", color=GREY)
    grid.frame(axes)
    keys = [
        Patch(facecolor=SKY, label="worst error, within what is allowed"),
        Patch(facecolor=ORANGE, hatch="////", edgecolor="white", label="beyond"),
        Line2D([], [], color=BLACK, linewidth=2.2, label="what is allowed at that point"),
    ]
    legend_below(figure, keys, 3)
    scale = "each cell: log scale, foot 0.1 ulp, top 10¹⁰"
    return caption(figure, header, [scale, BITS, "–: not measured"])


def _height(ulps: float) -> float:
    """Place an error between the foot of a cell, 0, and its top, 1."""
    inside = min(max(ulps, LEAST), MOST)
    return (log10(inside) - log10(LEAST)) / (log10(MOST) - log10(LEAST))


def _gauge(axes: Axes, x: int, y: int, record: Record) -> None:
    worst, bound = float(record["worst"]), float(record["bound"])
    left, foot = x + (1 - WIDE) / 2, y + (1 + WIDE) / 2
    axes.add_patch(Rectangle((left, foot), WIDE, -WIDE, facecolor=PALE, linewidth=0))
    look: dict[str, Any] = {"facecolor": SKY, "linewidth": 0}
    if worst > bound:
        look = {"facecolor": ORANGE, "edgecolor": "white", "hatch": "////", "linewidth": 0}
    axes.add_patch(Rectangle((left, foot), WIDE, -WIDE * _height(worst), **look))
    if bound >= LEAST:
        level = foot - WIDE * _height(bound)
        axes.plot([left, left + WIDE], [level, level], color=BLACK, linewidth=1.6)
    axes.text(
        x + 0.5, y + 0.33, _short(worst), ha="center", va="center", fontsize=10.5, color=BLACK,
        parse_math=False, path_effects=[withStroke(linewidth=3, foreground="white", alpha=0.8)],
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

"""Contenders by formulas at a glance: the verdict by colour and by letter."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from gradmark.reports.figures.grid import BITS, Grid, Record
from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    canvas,
    caption,
    legend_below,
    styled,
)

# letter, fill, ink
LOOK = {
    "conforms": ("C", GREEN, "white"),
    "dialect": ("D", SKY, BLACK),
    "inaccurate": ("I", YELLOW, BLACK),
    "deviates": ("X", VERMILION, "white"),
    "error": ("E", PURPLE, BLACK),
    "crash": ("K", BLUE, "white"),
    "timeout": ("T", ORANGE, BLACK),
    "unbound": ("?", GREY, "white"),
    "absent": ("–", PALE, GREY),
}
ROW = 0.36  # inches


@styled
def draw(verdicts: Sequence[Record], header: Record) -> Figure:
    """Draw one cell per contender, dtype and formula."""
    had = {record["formula"] for record in verdicts if record["verdict"] != "absent"}
    missing = len({record["formula"] for record in verdicts} - had)
    if had:  # what nobody has would be a column of nothing
        verdicts = [record for record in verdicts if record["formula"] in had]
    grid = Grid(verdicts)
    figure = canvas(1.7 + grid.height(ROW), "Who computes which formula")
    grid.on(figure)
    for record in verdicts:
        axes, x, y = grid.cell(record)
        letter, fill, ink = LOOK.get(record["verdict"], ("?", PALE, BLACK))
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor="white", linewidth=2))
        axes.text(
            x + 0.5, y + 0.53, letter, ha="center", va="center", color=ink, fontweight="bold",
            fontsize=12,
        )  # fmt: skip
    met = {record["verdict"] for record in verdicts}
    keys = [
        Patch(facecolor=fill, label=f"{letter}  {verdict}")
        for verdict, (letter, fill, _) in LOOK.items()
        if verdict in met
    ]
    legend_below(figure, keys, 5)
    left_out = [f"{missing} formulas that nobody has are left out"] if had and missing else []
    return caption(figure, header, [BITS, *left_out])

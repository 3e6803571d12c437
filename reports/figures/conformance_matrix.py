"""Contenders by formulas at a glance: the verdict by colour and by letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from reports.formulas import in_order
from reports.style import (
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
    label,
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
    "absent": ("–", PALE, GREY),
}
ROW = 0.36  # inches


@styled
def draw(verdicts: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw one cell per contender, dtype and formula."""
    formulas = in_order(record["formula"] for record in verdicts)
    rows = list(dict.fromkeys((record["implementation"], record["dtype"]) for record in verdicts))
    # A contender's dtypes stay together, however their records are mixed.
    order = list(dict.fromkeys(name for name, _ in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    figure = canvas(3.4 + ROW * len(rows), "Who computes which formula")
    axes = figure.subplots()
    for record in verdicts:
        x = formulas.index(record["formula"])
        y = rows.index((record["implementation"], record["dtype"]))
        letter, fill, ink = LOOK.get(record["verdict"], ("?", PALE, BLACK))
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor="white", linewidth=2))
        axes.text(
            x + 0.5, y + 0.53, letter, ha="center", va="center", color=ink, fontweight="bold",
            fontsize=12,
        )  # fmt: skip
    for y, (name, _) in enumerate(rows):
        if y and name != rows[y - 1][0]:
            axes.axhline(y, color=BLACK, linewidth=1)
    axes.set(xlim=(0, len(formulas)), ylim=(len(rows), 0))
    axes.set_xticks(
        [x + 0.5 for x in range(len(formulas))], [label(name, 26) for name in formulas],
        rotation=45, ha="left", rotation_mode="anchor", parse_math=False,
    )  # fmt: skip
    axes.set_yticks(
        [y + 0.5 for y in range(len(rows))],
        [f"{label(name)}  {dtype.removeprefix('float')}" for name, dtype in rows],
        parse_math=False,
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    met = {record["verdict"] for record in verdicts}
    keys = [
        Patch(facecolor=fill, label=f"{letter}  {verdict}")
        for verdict, (letter, fill, _) in LOOK.items()
        if verdict in met
    ]
    axes.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(0, -0.1 / len(rows)), ncols=8,
        frameon=False, handlelength=1, handleheight=1, columnspacing=1.4, borderaxespad=0.4,
    )  # fmt: skip
    return caption(figure, header, ["32, 64: bits of the dtype"])

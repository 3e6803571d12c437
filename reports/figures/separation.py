"""How far each known form is from the one most like it, formula by formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradmark.reports.formulas import in_order
from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    canvas,
    caption,
    label,
    legend_below,
    styled,
)

FAR = 1e4  # where counting stops
NEAR = 1e-2
# colour, marker, place in its row; column of its counts, their ink
LOOK = {
    "float64": (BLUE, "o", -0.16, 2.2 * FAR, BLUE),
    "float32": (ORANGE, "D", 0.16, 12 * FAR, "#8A5A00"),
}


@styled
def draw(records: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw a dot per form: its distance from the nearest other form, on a log scale."""
    every = in_order(record["formula"] for record in records)
    close = {r["formula"] for r in records if min(_nearest(r["excess"]), default=FAR) < FAR}
    formulas = [formula for formula in every if formula in close] or every
    figure = canvas(2.6 + 0.34 * len(formulas), "Can the questions tell the known forms apart?")
    axes = figure.subplots()
    axes.axvspan(NEAR / 2, 1, color=GREY, alpha=0.14, linewidth=0)
    axes.axvline(1, color=BLACK, linewidth=1.2)
    for record in [record for record in records if record["formula"] in formulas]:
        colour, marker, shift, column, ink = LOOK[record["dtype"]]
        nearest = _nearest(record["excess"])
        near = [max(distance, NEAR) for distance in nearest if distance < FAR]
        row = formulas.index(record["formula"])
        axes.scatter(
            near, [row + shift] * len(near), s=34, color=colour, marker=marker, alpha=0.6,
            linewidths=0, zorder=3,
        )  # fmt: skip
        # All at one place they would be one dot.
        axes.text(
            column, row, str(len(nearest) - len(near)), color=ink, fontsize=10.5, ha="center",
            va="center",
        )  # fmt: skip
    forms = {r["formula"]: len(r["variants"]) for r in records}
    axes.set_yticks(
        range(len(formulas)), [f"{label(name, 40)}  ({forms[name]})" for name in formulas],
        parse_math=False,
    )  # fmt: skip
    axes.set(xscale="log", xlim=(NEAR / 1.6, FAR * 40), ylim=(len(formulas) - 0.4, -0.6))
    axes.axvline(FAR, color=GREY, linewidth=1)
    axes.set_xticks(
        [NEAR, 1, 100, 5 * FAR], ["≤ 0.01", "1", "100", "10⁴ and more:\nhow many"],
        parse_math=False,
    )  # fmt: skip
    # Beyond is no scale: numbers stand there.
    axes.set_xticks(
        [base * 10.0**power for power in range(-2, 4) for base in range(2, 10)], minor=True
    )
    axes.get_xgridlines()[-1].set_visible(False)
    axes.set_xlabel("distance from the nearest other form, over what is allowed")
    for place, side, words in ((0.8, "right", "alike"), (1.25, "left", "told apart")):
        axes.text(
            place, 1.005, words, ha=side, va="bottom", fontsize=11, color=BLACK,
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    axes.grid(visible=False, axis="y")
    keys = [
        Line2D([], [], color=colour, marker=marker, linestyle="", label=dtype)
        for dtype, (colour, marker, *_) in LOOK.items()
    ]
    legend_below(figure, keys, 2)
    notes = ["one dot per known form", "in brackets: how many there are"]
    if left := len(every) - len(formulas):
        notes.append(f"{left} more formulas: all forms 10⁴ apart or more")
    return caption(figure, header, notes)


def _nearest(excess: Sequence[Sequence[float | str]]) -> list[float]:
    return [
        min((float(row[j]) for j in range(len(row)) if j != i), default=FAR)
        for i, row in enumerate(excess)
    ]

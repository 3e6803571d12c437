"""What a step of each optimizer costs, at each number of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from gradmark.reports.figures.cast import COLOURS, MARKERS
from gradmark.reports.style import (
    canvas,
    caption,
    label,
    legend_below,
    styled,
)


@styled
def draw(medians: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw the median times of one step: a row an optimizer, a mark for each size."""
    names = list(dict.fromkeys(record["name"] for record in medians))
    sizes = sorted({record["params"]["parameters"] for record in medians})
    figure = canvas(2.2 + 0.34 * len(names), "What one optimizer step costs")
    axes = figure.subplots()
    for size, colour, marker in zip(sizes, COLOURS, MARKERS, strict=False):
        mine = [record for record in medians if record["params"]["parameters"] == size]
        axes.errorbar(
            [record["value"] for record in mine],
            [names.index(record["name"]) for record in mine],
            # Quartiles are either side of the median, and may touch it.
            xerr=[
                [record["value"] - record["low"] for record in mine],
                [record["high"] - record["value"] for record in mine],
            ],
            color=colour,
            linestyle="",
            marker=marker,
            markersize=7,
            markeredgecolor="white",
            capsize=4,
            label=f"{size:,} parameters",
        )
    axes.set_yticks(range(len(names)), [label(name) for name in names], parse_math=False)
    axes.set(xscale="log", xlabel="Time of one step", ylim=(len(names) - 0.5, -0.5))
    axes.xaxis.set_major_formatter(EngFormatter(unit="s"))
    legend_below(figure, axes.get_legend_handles_labels()[0], len(sizes))
    return caption(figure, header, ["medians, bars from quartile to quartile", "one process"])

"""What a step of each optimizer costs, by the number of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from gradmark.reports.figures.cast import COLOURS, MARKERS
from gradmark.reports.style import (
    LINES,
    canvas,
    caption,
    label,
    styled,
)


@styled
def draw(medians: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw the median times of one step, one line an optimizer."""
    figure = canvas(5.4, "What one optimizer step costs")
    axes = figure.subplots()
    names = list(dict.fromkeys(record["name"] for record in medians))
    for number, name in enumerate(names):
        mine = [record for record in medians if record["name"] == name]
        mine.sort(key=lambda record: record["params"]["parameters"])
        values = [record["value"] for record in mine]
        axes.errorbar(
            [record["params"]["parameters"] for record in mine],
            values,
            # Quartiles are either side of the median, and may touch it.
            yerr=[
                [value - record["low"] for value, record in zip(values, mine, strict=True)],
                [record["high"] - value for value, record in zip(values, mine, strict=True)],
            ],
            color=COLOURS[number % len(COLOURS)],
            linestyle=LINES[number % len(LINES)],
            marker=MARKERS[number % len(MARKERS)],
            markersize=7,
            markeredgecolor="white",
            capsize=4,
            label=label(name),
        )
    axes.set(xscale="log", yscale="log", xlabel="Parameters", ylabel="Time of one step")
    axes.yaxis.set_major_formatter(EngFormatter(unit="s"))
    axes.legend(loc="upper left")
    return caption(figure, header, ["medians, bars from quartile to quartile", "one process"])

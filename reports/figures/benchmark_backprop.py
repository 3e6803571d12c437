"""How many times faster vectorized backpropagation is than loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gradmark.reports.style import (
    BLUE,
    GREEN,
    GREY,
    LINES,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    styled,
)

COLORS = (BLUE, VERMILION, GREEN, ORANGE)
MARKERS = "osD^"
WORDS = {"batch": "Samples in the batch", "width": "Hidden units"}


@styled
def draw(ratios: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw the speed-up over the batch, a line for each width, and the other way round."""
    figure = canvas(5.4, "Vectorized backpropagation against loops")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (over, fixed) in zip(panels, (("batch", "width"), ("width", "batch")), strict=True):
        axes.axhline(1, color=GREY, linewidth=1.5)
        lines = sorted({record["params"][fixed] for record in ratios})
        for number, value in enumerate(lines):
            mine = [record for record in ratios if record["params"][fixed] == value]
            mine.sort(key=lambda record: record["params"][over])
            axes.errorbar(
                [record["params"][over] for record in mine],
                [record["value"] for record in mine],
                # A percentile interval need not hold the estimate itself.
                yerr=[
                    [max(record["value"] - record["low"], 0) for record in mine],
                    [max(record["high"] - record["value"], 0) for record in mine],
                ],
                color=COLORS[number % len(COLORS)],
                linestyle=LINES[number % len(LINES)],
                marker=MARKERS[number % len(MARKERS)],
                markersize=7,
                markeredgecolor="white",
                capsize=4,
                label=f"{fixed} {value:,}",
            )
        axes.set(xscale="log", yscale="log", xlabel=WORDS[over])
        ticks = sorted({record["params"][over] for record in ratios})
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,g}×"))
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=len(lines), handlelength=1.8,
            handletextpad=0.4, columnspacing=1,
        )  # fmt: skip
    panels[0].set(ylabel="Speed-up: time of loops / vectorized")
    return caption(figure, header, ["ratios of medians, bars are 95% intervals", "one process"])

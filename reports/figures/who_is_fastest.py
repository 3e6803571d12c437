"""Who is fastest, by kind of problem, and how far behind the others are."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter, ScalarFormatter

from gradmark.reports.style import (
    BLUE,
    GREEN,
    LINES,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    label,
    legend_below,
    styled,
)

COLORS = (ORANGE, BLUE, VERMILION, GREEN)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the shares of first places, and the performance profile."""
    figure = canvas(5.6, "Who is fastest?")
    bars, profile = figure.subplots(1, 2)
    kinds = ["\n".join(wrap(label(kind, limit=40), 22)) for kind in data["kinds"]]
    first = np.asarray(data["first"], dtype=float)
    rows = np.arange(len(kinds))[::-1]
    left = np.zeros(len(kinds))
    runs = zip(data["optimizers"], first, data["profile"], COLORS, LINES, strict=False)
    for name, share, solved, color, line in runs:
        bars.barh(rows, share, left=left, color=color, edgecolor="white", label=name)
        for row, start, width in zip(rows, left, share, strict=True):
            if width >= 0.12:
                bars.text(
                    start + width / 2, row, f"{width:.0%}", ha="center", va="center",
                    fontsize=11, color="black" if color == ORANGE else "white",
                )  # fmt: skip
        left += share
        profile.plot(data["factors"], solved, color=color, linestyle=line, label=name)
    bars.set(title="First there, each at its best rate", xlim=(0, 1), xlabel="Share of problems")
    bars.set_yticks(rows, kinds)
    bars.grid(visible=False)
    bars.xaxis.set_major_formatter(PercentFormatter(1))
    profile.set(
        title="How far behind the first", xlabel="Times the steps of the first (log)",
        ylabel="Share of problems done", xscale="log", xlim=(1, max(data["factors"])),
        ylim=(0, 1.02),
    )  # fmt: skip
    profile.set_xticks([1, 2, 4, 8, 16, 32, 64])
    profile.xaxis.set_major_formatter(ScalarFormatter())
    profile.xaxis.set_minor_locator(NullLocator())
    profile.yaxis.set_major_formatter(PercentFormatter(1))
    legend_below(figure, profile.get_lines(), 4)
    return caption(figure, header, data["settings"])

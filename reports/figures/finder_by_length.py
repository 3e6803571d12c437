"""The learning-rate finder's answers, by the length of its sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LINES,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

COLORS = (VERMILION, BLUE, GREEN)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw one problem's sweeps, and the ratio of both readings on all problems."""
    figure = canvas(5.6, "A finder that finds its own length")
    sweep, ratio = figure.subplots(1, 2)
    for k, (batches, color, line) in enumerate(zip(data["batches"], COLORS, LINES, strict=False)):
        rates, losses = (np.asarray(data[name][k], dtype=float) for name in ("rates", "losses"))
        shown = losses < 4 * losses[0]
        name = f"{batches} batches"
        sweep.plot(rates[shown], losses[shown], color=color, linestyle=line, label=name)
        for reading, marker in (("steepest", "v"), ("rise", "o")):
            rate = float(data[reading][k])
            sweep.plot(
                rate, np.interp(rate, rates, losses), marker, color=color, markersize=11,
                markeredgecolor="white",
            )  # fmt: skip
        ratio.plot(data["ratios"][k], data["shares"], color=color, linestyle=line)
    first = float(data["losses"][0][0])
    sweep.set(
        title="One ravine:  ▼ steepest fall,  ● rise begins", xlabel="Learning rate η (log)",
        xscale="log", ylabel="Loss", xlim=(1e-7, 1), ylim=(-0.05 * first, 1.6 * first),
    )  # fmt: skip
    near = ratio.axvspan(
        0.1 / 3, 0.1 * 3, color=GREY, alpha=0.2, linewidth=0, label="to a factor 3"
    )
    tenth = ratio.axvline(0.1, color=BLACK, linewidth=1.4, label="A tenth")
    ratio.set(
        title="All problems: steepest rate over rise", xlabel="Ratio of the two rates (log)",
        xscale="log", ylabel="Share of problems below", ylim=(0, 1), xlim=(1e-4, 1),
    )  # fmt: skip
    ratio.yaxis.set_major_formatter(PercentFormatter(1))
    legend_below(figure, [*sweep.get_lines()[::3], tenth, near], columns=5)
    return caption(figure, header, data["settings"])

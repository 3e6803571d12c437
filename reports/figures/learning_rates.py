"""Five learning rates: which crawl, which settle, and which leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LINES,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

COLORS = (SKY, BLUE, GREEN, ORANGE, VERMILION)
MARKERS = "o^sDv"
FAR = 15.0  # the article's plot ends here; what leaves it is drawn above, on a log scale
SHOWN = 20  # steps of each path


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the losses by step, with the divergence above, and the paths on the curve."""
    losses, clipped = (np.asarray(data[name], float) for name in ("losses", "clipped_losses"))
    paths = np.asarray(data["paths"], float)
    diverges = losses.max(axis=1) > FAR
    figure = canvas(6.4, "What the learning rate does")
    grid = figure.add_gridspec(1, 2)
    halves = grid[0].subgridspec(2, 1, height_ratios=(1, 1.7), hspace=0.02)
    high = figure.add_subplot(halves[0])
    low = figure.add_subplot(halves[1], sharex=high)
    curve = figure.add_subplot(grid[1])
    curve.plot(data["curve_w"], data["curve_loss"], color=GREY, alpha=0.6)
    looks = zip(data["rates"], COLORS, LINES, MARKERS, strict=False)
    for k, (rate, color, line, marker) in enumerate(looks):
        name = f"η = {rate:g}"
        if diverges[k]:
            high.plot(losses[k], color=color, linestyle=line, label=name)
            high.plot(clipped[k], color=PURPLE, linestyle="--", label=f"{name}, clipped")
            continue
        low.plot(losses[k], color=color, linestyle=line, label=name)
        w = paths[k][: SHOWN + 1]
        curve.plot(
            w, np.interp(w, data["curve_w"], data["curve_loss"]), color=color, marker=marker,
            markersize=5, linestyle=line, linewidth=1.2,
        )  # fmt: skip
    for (w, loss), name, marker in zip(
        data["minima"], ("Global minimum", "Local minimum"), "sD", strict=False
    ):
        curve.plot(
            w, loss, marker, color="none", markeredgecolor=BLACK, markersize=11,
            markeredgewidth=1.8, label=name, zorder=5,
        )  # fmt: skip
    floor = low.axhline(data["minima"][0][1], color=BLACK, linewidth=1, linestyle=":")
    low.annotate(
        "global minimum", (losses.shape[1] - 1, data["minima"][0][1]), (0, 4), ha="right",
        textcoords="offset points", fontsize=11,
    )  # fmt: skip
    high.set(yscale="log", ylabel="Loss L (log)", title="Loss by step")
    high.set_yticks([1, 1e5, 1e10, 1e15])
    high.tick_params(labelbottom=False)
    low.set(xlabel="Step", ylabel="Loss L", ylim=(-0.9, 9.4))
    curve.set(xlabel="Weight w", ylabel="Loss L", title=f"The first {SHOWN} steps")
    curve.legend(loc="upper center")
    rates = [line for axes in (low, high) for line in axes.get_lines()]
    legend_below(figure, [line for line in rates if line is not floor], columns=6)
    return caption(figure, header, data["settings"])

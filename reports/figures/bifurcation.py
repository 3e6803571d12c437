"""Where a descent is in the long run, by learning rate: at a point, in a cycle, in chaos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradmark.reports.style import (
    BLUE,
    GREEN,
    GREY,
    PALE,
    SKY,
    VERMILION,
    canvas,
    caption,
    legend_below,
    number,
    styled,
)

HIGH = 3.2  # the largest |w| drawn


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the late steps over the rate, and the Lyapunov exponent under them."""
    rates = np.asarray(data["rates"], float)
    late = np.asarray(data["late"], float)
    lyapunov = np.asarray(data["lyapunov"], float)
    low, local = data["minima"]
    (unbounded,) = data["unbounded_from"]
    end = 1.04 * max(*data["marked"], unbounded)
    figure = canvas(7.6, "Too large is not divergent: what η makes of a descent")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.1, 1))
    above.plot(
        np.broadcast_to(rates, late.shape).ravel(), late.ravel(), "o", color=BLUE, markersize=1.1,
        markeredgewidth=0, alpha=0.35, zorder=3,
    )  # fmt: skip
    above.axhline(low, color=GREEN, linewidth=1.6)
    above.axhline(local, color=VERMILION, linewidth=1.6, linestyle="--")
    above.set(ylabel="Weight w after many steps", ylim=(-HIGH, HIGH), xlim=(0, end))
    calm = lyapunov <= 0
    floor = -1.6
    shown = np.clip(lyapunov, floor, None)
    below.fill_between(rates, 0, shown, where=calm, color=SKY, linewidth=0)
    below.fill_between(rates, 0, shown, where=~calm, color=VERMILION, linewidth=0)
    below.axhline(0, color=GREY, linewidth=1)
    below.set(xlabel="Learning rate η", ylabel="Lyapunov\nexponent", ylim=(floor, 1.75))
    for axes in (above, below):
        axes.axvspan(unbounded, end, color=PALE, linewidth=0)
        axes.grid(visible=False)
        for rate in data["marked"]:
            axes.axvline(rate, color="black", linewidth=1, linestyle=":")
    above.text(
        (unbounded + end) / 2, -0.6 * HIGH, "no bound\nholds w", ha="center", va="center",
        fontsize=11.5,
    )  # fmt: skip
    top = above.secondary_xaxis("top")
    top.set_xticks(data["marked"], [_short(rate) for rate in data["marked"]])
    top.tick_params(length=0)
    top.spines["top"].set_visible(False)
    lines = [
        Line2D([], [], color=BLUE, marker="o", markersize=3, linestyle="none", label="Late steps"),
        Line2D([], [], color=GREEN, label=f"Global minimum, w = {number(low)}"),
        Line2D(
            [], [], color=VERMILION, linestyle="--", label=f"Local minimum, w = {number(local)}"
        ),
        Line2D([], [], color=SKY, linewidth=7, label="Settles or cycles (≤ 0)"),
        Line2D([], [], color=VERMILION, linewidth=7, label="Chaos (> 0)"),
        Line2D([], [], color="black", linewidth=1, linestyle=":", label="The article's rates"),
    ]
    legend_below(figure, lines, columns=3)
    return caption(figure, header, data["settings"])


def _short(rate: float) -> str:
    # 0.001 and 0.01 are one place on this axis
    return {0.001: "", 0.01: "0.001\n0.01"}.get(rate, f"{rate:g}")

"""The four schedules, their first and last rates, and what comes after."""

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
    VERMILION,
    canvas,
    caption,
    legend_below,
    number,
    styled,
)

COLORS = (BLUE, VERMILION, GREEN, ORANGE)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the rates to the last epoch and beyond, and near zero on a log axis."""
    figure = canvas(6.0, "Learning-rate schedules, from the first epoch to the last and on")
    whole, close = figure.subplots(1, 2)
    epoch = np.asarray(data["epoch"], dtype=float)
    last = int(data["last_epoch"][0])
    runs = zip(
        data["schedules"], data["rates"], data["first"], data["last"], data["sums"], COLORS, LINES,
        strict=False,
    )  # fmt: skip
    for name, rates, begin, end, total, color, line in runs:
        rate = np.asarray(rates, dtype=float)
        # A step lasts until the next epoch begins; the others move through their points.
        shape = "steps-post" if name.startswith("Step") else "default"
        words = (
            f"{name}: {number(begin, 2)} first, {number(end, 2)} last, {number(total, 3)} in all"
        )
        whole.plot(epoch, rate, color=color, linestyle=line, drawstyle=shape, label=words)
        # zero has no logarithm: it is drawn below what is shown
        close.plot(epoch, np.maximum(rate, 1e-9), color=color, linestyle=line, drawstyle=shape)
        close.plot(last, end, "o", color=color, markersize=8, markeredgecolor="white", zorder=4)
        whole.plot(0, begin, "o", color=color, markersize=9, markeredgecolor="white", clip_on=False)
    for axes in (whole, close):
        axes.axvspan(last, epoch[-1], color=GREY, alpha=0.15, linewidth=0)
        axes.axvline(last, color=BLACK, linewidth=1, linestyle=":")
        axes.set_xlabel("Epoch t")
    whole.set(ylabel="Learning rate η", xlim=(0, epoch[-1]), ylim=(0, 0.108))
    whole.set_title("Grey: epochs past the plan")
    close.set(
        ylabel="Learning rate η (log)", yscale="log", xlim=(80, 120), ylim=(1e-5, 2e-2),
        title=f"Around the last epoch, {last}",
    )  # fmt: skip
    legend_below(figure, [x for x in whole.get_lines() if "first" in str(x.get_label())], 2)
    return caption(figure, header, data["settings"])

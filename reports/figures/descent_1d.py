"""The first descent: the whole way down, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    number,
    styled,
)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the walk on its curve, and the two minima closely."""
    path, losses = np.asarray(data["path_w"]), np.asarray(data["path_loss"])
    (low, low_loss), (local, local_loss) = data["global_minimum"], data["local_minimum"]
    figure = canvas(5.2, "Gradient descent stops at the minimum it meets")
    whole, close = figure.subplots(1, 2)
    for axes in (whole, close):
        axes.plot(data["curve_w"], data["curve_loss"], color=BLUE, label="Loss L(w)")
        axes.plot(
            path, losses, "o-", color=ORANGE, markersize=5, linewidth=1, markeredgecolor="white",
            markeredgewidth=0.5, label="Steps",
        )  # fmt: skip
        axes.plot(low, low_loss, "s", color=GREEN, markersize=10, label="Global minimum")
        axes.plot(
            local, local_loss, "D", color="white", markeredgecolor=GREY, markeredgewidth=2.5,
            markersize=13, label="Local minimum",
        )  # fmt: skip
        axes.plot(path[0], losses[0], "^", color=VERMILION, markersize=11, label="Start")
        axes.plot(path[-1], losses[-1], "*", color=VERMILION, markersize=11, label="End")
        axes.set(xlabel="Weight w", ylabel="Loss L")
    whole.set_title("The whole way")
    whole.legend(loc="upper center")
    margin = 0.45 * abs(local - low)
    close.set_title("The two minima")
    close.set_xlim(min(low, local) - margin, max(low, local) + margin)
    rise = abs(local_loss - low_loss)
    close.set_ylim(min(low_loss, local_loss) - 0.42 * rise, max(low_loss, local_loss) + 0.8 * rise)
    words: dict[str, Any] = {
        "textcoords": "offset points",
        "ha": "center",
        "va": "top",
        "fontsize": 11.5,
    }
    close.annotate(
        f"w = {number(low)}\nL = {number(low_loss, 3)}", (low, low_loss), (10, -14), **words
    )
    close.annotate(
        f"w = {number(local, 5)}, L = {number(local_loss)}\nend: w = {number(path[-1], 5)}",
        (local, local_loss), (-4, -14), **words,
    )  # fmt: skip
    return caption(figure, header, data["settings"])

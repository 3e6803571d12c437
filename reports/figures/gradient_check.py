"""A gradient check over its step: how wrong it is, and how often a right gradient fails it."""

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
    styled,
)

COLORS = (BLUE, ORANGE, GREEN, VERMILION)
OF_SHARES = (BLUE, ORANGE, VERMILION)
LINES_OF_SHARES = (LINES[0], LINES[1], LINES[3])


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the median error of right gradients, and the share that fails, over the step."""
    figure = canvas(6.2, "Gradient check: what the step and a kink do")
    errors, shares = figure.subplots(1, 2)
    h = np.asarray(data["steps"], dtype=float)
    for name, error, color, line in zip(
        data["curves"], data["errors"], COLORS, LINES, strict=False
    ):
        errors.plot(h, error, color=color, linestyle=line, label=name)
    errors.axhline(data["threshold"], color=BLACK, linewidth=1.2)
    errors.annotate(
        "fails above 10⁻⁵", (data["listed_step"], data["threshold"]), (-4, 3), ha="right",
        textcoords="offset points", fontsize=11,
    )  # fmt: skip
    errors.set(
        xscale="log", yscale="log", xlabel="Step h", ylabel="Relative difference (median)",
        title="Right gradients, compared", ylim=(1e-12, 1e2),
    )  # fmt: skip
    errors.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16))
    intervals = zip(data["failing_names"], data["failing"], OF_SHARES, LINES_OF_SHARES, strict=True)
    for name, failing, color, line in intervals:
        share, low, high = 100 * np.asarray(failing, dtype=float).T
        shares.plot(h, share, color=color, linestyle=line, label=name)
        shares.fill_between(h, low, high, color=color, alpha=0.25, linewidth=0)
    shares.set(
        xscale="log", xlabel="Step h", ylabel="Networks that fail the check (%)",
        title="Right gradients, failed", ylim=(-3, 103), yticks=range(0, 101, 25),
    )  # fmt: skip
    shares.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16))
    for axes, height in ((errors, 0.01), (shares, 0.4)):
        axes.axvline(data["listed_step"], color=GREY, linewidth=1.2, linestyle=":")
        axes.set_xticks([1e-12, 1e-9, 1e-6, 1e-3, 1])
        axes.annotate(
            "listing's h", (data["listed_step"], height), (-4, 2), ha="right", fontsize=11,
            xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY,
        )  # fmt: skip
    return caption(figure, header, data["settings"])

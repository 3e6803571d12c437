"""The four schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from gradmark.reports.style import BLUE, GREEN, LINES, ORANGE, VERMILION, canvas, caption, styled

COLORS = (BLUE, VERMILION, GREEN, ORANGE)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the learning rate by epoch under each schedule."""
    figure = canvas(5.2, "Learning-rate schedules")
    axes = figure.subplots()
    runs = zip(data["schedules"], data["rates"], COLORS, LINES, strict=False)
    for name, rates, color, line in runs:
        # A step lasts until the next epoch begins; the others move through their points.
        shape = "steps-post" if name.startswith("Step") else "default"
        axes.plot(
            data["epoch"], rates, color=color, linestyle=line, drawstyle=shape, linewidth=2.6,
            label=name,
        )  # fmt: skip
    axes.set(xlabel="Epoch t", ylabel="Learning rate η", xlim=(0, 1.02 * max(data["epoch"])))
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    return caption(figure, header, data["settings"])

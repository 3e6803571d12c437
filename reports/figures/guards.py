"""What a confident mistake costs under each guard against log 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

COLORS = (VERMILION, BLUE, ORANGE)
LINES = ("-", (0, (3, 1.5)), (0, (1, 1)))
WIDTHS = (5.0, 2.8, 2.4)  # they lie on each other: the wide one at the bottom shows
TOP = 125.0


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the loss over the logit: a panel for each dtype and label."""
    figure = canvas(7.4, "Three ways of guarding log 0: a confident mistake's loss")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    z = np.asarray(data["logit"], dtype=float)
    for axes, panel in zip(panels.flat, data["panels"], strict=True):
        axes.plot(z, panel["from_logit"], color=GREY, linewidth=1.6, label="from the logit: exact")
        drawn = zip(data["guards"], panel["losses"], COLORS, LINES, WIDTHS, strict=True)
        notes: dict[float, list[str]] = {}
        for name, losses, color, line, width in drawn:
            loss = np.asarray([float(value) for value in losses])
            finite = np.isfinite(loss)
            axes.plot(
                z[finite], loss[finite], color=color, linestyle=line, linewidth=width, label=name
            )
            if not finite.all():
                first = int(np.argmin(finite))
                axes.plot(
                    [z[first]] * 2, [loss[first - 1], TOP], color=color, linestyle=line,
                    linewidth=width,
                )  # fmt: skip
                notes.setdefault(float(z[first]), []).append(name)
        for where, names in notes.items():
            right = where < 60
            axes.annotate(
                f"∞ from |z| ≈ {where:.0f} on:\n" + "\n".join(names), (where, TOP),
                (8 if right else -8, -4), textcoords="offset points", va="top",
                ha="left" if right else "right", fontsize=11, color=BLACK,
            )  # fmt: skip
        side = "p → 0, label 1" if panel["y"] else "p → 1, label 0"
        axes.set_title(f"{panel['dtype']}: {side}")
        axes.set(ylim=(0, TOP), xlim=(0, z[-1]))
    for axes in panels[1]:
        axes.set_xlabel("Logit by which the prediction is wrong, |z|")
    for axes in panels[:, 0]:
        axes.set_ylabel("Loss (nats)")
    legend_below(figure, panels[0, 0].get_lines()[:4], columns=4)
    return caption(figure, header, [*data["settings"], "a flat line has no gradient"])

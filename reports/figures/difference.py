"""How far apart two contenders' weights get in training, step by step, on each problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.figures.cast import cast
from gradmark.reports.style import (
    BLACK,
    GREY,
    LINES,
    PALE,
    canvas,
    caption,
    label,
    legend_below,
    styled,
)

NEGLIGIBLE, VISIBLE = 1e-3, 0.1  # as the rule that the page prints says
LEAST, MOST = 1e-8, 1e2


@styled
def draw(record: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the share of the way that weights are apart, beside both losses of the worst problem."""
    curves = record["matter"]["curves"]
    figure = canvas(6.2, f"{record['formula']}: how far apart training gets")
    apart, losses = figure.subplots(1, 2, width_ratios=(3, 2))
    looks = cast([curve["problem"] for curve in curves], "")
    for curve in curves:
        look = looks[curve["problem"]]
        share = np.clip([float(value) for value in curve["apart"]], LEAST, MOST)
        apart.plot(
            curve["step"], share, color=look.colour, linestyle=look.line, marker=look.marker,
            markevery=(len(share) // 8) or 1, markersize=5, label=label(curve["problem"], 40),
        )  # fmt: skip
    limits = {NEGLIGIBLE: "negligible ↓", VISIBLE: "another\nrun ↑"}
    for level in limits:
        apart.axhline(level, color=GREY, linewidth=1.2, linestyle=":")
    apart.set(
        yscale="log", ylim=(LEAST / 2, MOST * 2), xlabel="Step", title="Distance of the weights",
        ylabel="Share of the first's longest way (log)",
    )  # fmt: skip
    beside = apart.secondary_yaxis("right")  # no curve runs there
    beside.set_yticks([*limits], [*limits.values()], fontsize=10, color=GREY)
    beside.minorticks_off()
    beside.spines["right"].set_visible(False)
    beside.tick_params(length=0)
    worst = next(c for c in curves if c["problem"] == record["matter"]["problem"])
    for name, key, color, line in (
        (record["one"], "loss_one", BLACK, "-"),
        (record["other"], "loss_other", looks[worst["problem"]].colour, LINES[1]),
    ):
        loss = np.array([float(value) for value in worst[key]])
        shown = np.where(np.isfinite(loss) & (loss > 0), loss, np.nan)
        losses.plot(worst["step"], shown, color=color, linestyle=line, label=label(name))
    losses.set(yscale="log", xlabel="Step", ylabel="Loss (log)",
               title=f"Worst: {label(worst['problem'].split(',')[0], 18)}")  # fmt: skip
    losses.legend(facecolor="white", edgecolor=PALE)
    legend_below(figure, apart.get_lines()[: len(curves)], columns=min(3, len(curves)))
    return caption(figure, header, [f"{label(record['one'])} and {label(record['other'])}"])

"""From how many starts a descent arrives at the landscape's minimum, by learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from gradmark.reports.style import BLUE, GREEN, VERMILION, canvas, caption, number, styled


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the share, with the rates below which all and above which none must arrive."""
    rates, share = (np.asarray(data[name], float) for name in ("rates", "share"))
    (sure,), (never,) = data["sure_below"], data["never_above"]
    figure = canvas(4.6, "The landscape's minimum: from everywhere, or from nowhere")
    axes = figure.subplots()
    axes.axvspan(0, sure, color=GREEN, alpha=0.15, linewidth=0)
    axes.axvspan(never, 1.02 * rates[-1], color=VERMILION, alpha=0.15, linewidth=0)
    axes.axvline(sure, color=GREEN, label=f"Below 2/3.7 = {number(sure)} every start arrives")
    axes.axvline(
        never, color=VERMILION, linestyle="--",
        label=f"Above 2/λ = {number(never)} the minimum repels",
    )  # fmt: skip
    axes.plot(rates, share, "o", color=BLUE, markersize=6, label="Starts that arrive")
    axes.set(
        xlabel="Learning rate η",
        ylabel="Share of starts",
        xlim=(0, 1.02 * rates[-1]),
        ylim=(-0.04, 1.04),
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="center left")
    return caption(figure, header, data["settings"])

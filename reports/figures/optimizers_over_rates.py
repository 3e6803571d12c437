"""Each optimizer's loss on Rosenbrock's valley, over learning rates and steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gradmark.reports.style import BLACK, GREY, canvas, caption, legend_below, styled

LOW, HIGH = -6.0, 3.0  # log10 of the loss: what is below or above has the end's colour


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw a map for each optimizer: rate to the right, steps upwards, loss as colour."""
    figure = canvas(7.6, "Rosenbrock's valley: which rate, for how many steps?")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    rates, steps = (np.asarray(data[name], dtype=float) for name in ("rates", "steps"))
    runs = zip(data["optimizers"], data["median_losses"], data["article_rates"], strict=True)
    for axes, (name, losses, article) in zip(panels.flat, runs, strict=True):
        loss = np.asarray(losses, dtype=float)
        with np.errstate(divide="ignore"):
            shown = np.ma.masked_invalid(np.log10(np.where(loss > 0, loss, 10**LOW)))
        axes.set_facecolor(GREY)
        colours = axes.pcolormesh(
            rates, steps, shown, cmap="viridis", norm=Normalize(LOW, HIGH), shading="nearest"
        )
        if np.isfinite(float(article)):
            axes.plot(
                float(article), data["article_steps"][0], "*", color="white", markersize=18,
                markeredgecolor=BLACK,
            )  # fmt: skip
        axes.set(xscale="log", yscale="log", title=name)
        axes.grid(visible=False)
    for axes in panels[1]:
        axes.set_xlabel("Learning rate η (log)")
    for axes in panels[:, 0]:
        axes.set_ylabel("Steps (log)")
    figure.colorbar(colours, ax=panels, label="log₁₀ of the median loss", extend="both")
    star = Line2D(
        [], [], marker="*", color="white", markeredgecolor=BLACK, markersize=15, linestyle="",
        label="The article's race, to its end",
    )  # fmt: skip
    legend_below(figure, [star, Patch(color=GREY, label="Half of the runs or more have left")], 2)
    return caption(figure, header, data["settings"])

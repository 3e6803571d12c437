"""The race down Rosenbrock's valley: losses by step, and the ways taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import BLACK, BLUE, GREEN, LINES, VERMILION, canvas, caption, styled

COLORS = (BLUE, VERMILION, GREEN)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw each optimizer's loss and path."""
    figure = canvas(5.4, "Three optimizers in Rosenbrock's valley")
    curves, valley = figure.subplots(1, 2)
    loss = np.asarray(data["loss"], dtype=float)
    filled = valley.contourf(
        data["w1"], data["w2"], np.log10(loss + 1e-3), levels=24, cmap="cividis"
    )
    runs = zip(data["optimizers"], data["rates"], data["losses"], data["paths"], strict=True)
    for (name, rate, losses, path), color, line in zip(runs, COLORS, LINES, strict=False):
        w1, w2 = np.asarray(path).T
        curves.plot(losses, color=color, linestyle=line, label=f"{name}, η = {rate:g}")
        curves.annotate(
            f"{losses[-1]:.2g}", (len(losses) - 1, losses[-1]), (5, 0), va="center",
            textcoords="offset points", color=color, fontsize=11.5,
        )  # fmt: skip
        valley.plot(w1, w2, color="white", linewidth=3.6, alpha=0.9)
        valley.plot(w1, w2, color=color, linewidth=2)
        valley.plot(w1[-1], w2[-1], "o", color=color, markersize=10, markeredgecolor="white")
    start, minimum = np.asarray(data["paths"])[0][0], data["minimum"]
    valley.plot(*start, "^", color=BLACK, markersize=11, markeredgecolor="white", label="Start")
    valley.plot(
        *minimum, "*", color="#F0E442", markersize=18, markeredgecolor="black", label="Minimum"
    )
    curves.set(xlabel="Step", ylabel="Loss f(w)", yscale="log", title="Loss by step")
    curves.set_xlim(0, 1.25 * len(data["losses"][0]))
    curves.set_xticks(range(0, len(data["losses"][0]), 100))
    curves.set_ylim(top=50 * np.max(data["losses"]))  # room for the legend
    curves.legend(loc="upper right")
    valley.set(xlabel="Weight w₁", ylabel="Weight w₂", title="Paths; dots are their ends")
    valley.grid(visible=False)
    valley.legend(loc="lower left")
    figure.colorbar(filled, ax=valley, label="log₁₀ loss", ticks=range(-3, 5))
    return caption(figure, header, data["settings"])

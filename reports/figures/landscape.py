"""The loss landscape, as a surface and from above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import VERMILION, canvas, caption, legend_below, number, styled


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the surface and its contours, with its minimum and the article's star."""
    w1, w2, loss = (np.asarray(data[name], dtype=float) for name in ("w1", "w2", "loss"))
    marks = (
        ("Global minimum", data["minimum"], "o", VERMILION, "white"),
        ("Article's star", data["star"], "*", "white", "black"),
    )
    figure = canvas(5.6, "The loss landscape and where its minimum is")
    grid = figure.add_gridspec(1, 2, width_ratios=(1.1, 1))
    # matplotlib's types know no 3-D axes from add_subplot
    surface: Any = figure.add_subplot(grid[0], projection="3d", computed_zorder=False)
    surface.plot_surface(
        *np.meshgrid(w1, w2), loss, cmap="viridis", rcount=len(w2), ccount=len(w1), linewidth=0,
        antialiased=False,
    )  # fmt: skip
    above = figure.add_subplot(grid[1])
    filled = above.contourf(w1, w2, loss, levels=np.asarray(data["levels"]), cmap="viridis")
    above.contour(
        w1, w2, loss, levels=np.asarray(data["levels"])[::2], colors="white", linewidths=0.4,
        alpha=0.5,
    )  # fmt: skip
    for name, (x, y, z), marker, fill, edge in marks:
        size = 18 if marker == "*" else 11
        point: dict[str, Any] = {
            "marker": marker,
            "markersize": size,
            "markerfacecolor": fill,
            "markeredgecolor": edge,
            "markeredgewidth": 1.2,
            "linestyle": "none",
        }
        surface.plot([x], [y], [z], zorder=10, **point)
        above.plot(x, y, label=f"{name}: L({number(x)}, {number(y)}) = {number(z)}", **point)
    surface.view_init(elev=42, azim=-62)
    ticks = [-2, 0, 2]
    surface.set(xticks=ticks, yticks=ticks)
    surface.set_xlabel("Weight w₁", labelpad=10)
    surface.set_ylabel("Weight w₂", labelpad=8)
    surface.set_zlabel("Loss L")
    surface.set_box_aspect((1, 1, 0.8), zoom=0.95)
    above.set(xlabel="Weight w₁", ylabel="Weight w₂", aspect="equal")
    above.grid(visible=False)
    legend_below(figure, above.get_lines(), columns=2)
    figure.colorbar(filled, ax=above, label="Loss L", shrink=0.85, format="%.0f", ticks=range(12))
    return caption(figure, header, data["settings"])

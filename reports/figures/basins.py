"""Which minimum a descent ends in, by its start and its learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gradmark.reports.style import (
    BLACK,
    BLUE,
    ORANGE,
    PALE,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

LOOK = (
    ("Global minimum", BLUE),
    ("Local minimum", ORANGE),
    ("Neither: cycle or chaos", PALE),
    ("Leaves for good", VERMILION),
)
PANELS = {"quartic": "The article's first curve", "bowl": "Its bumpy bowl"}


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw one map a curve, with the point midway between its minima and the maximum."""
    figure = canvas(6.2, "Where a descent ends: by start and learning rate")
    for axes, (name, title) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        starts, rates = (np.asarray(data[f"{name}_{part}"], float) for part in ("starts", "rates"))
        ends = np.asarray(data[f"{name}_ends"])
        step = (starts[1] - starts[0]) / 2, (rates[1] - rates[0]) / 2
        axes.imshow(
            ends, origin="lower", aspect="auto", interpolation="nearest", vmin=-0.5, vmax=3.5,
            cmap=ListedColormap([color for _, color in LOOK]),
            extent=(
                starts[0] - step[0], starts[-1] + step[0], rates[0] - step[1], rates[-1] + step[1]
            ),
        )  # fmt: skip
        low, barrier, local = data[f"{name}_critical"]
        axes.axvline(barrier, color=BLACK, linewidth=1.4)
        axes.axvline((low + local) / 2, color=BLACK, linewidth=1.4, linestyle="--")
        axes.set(xlabel="Start w", ylabel="Learning rate η", title=title)
        axes.grid(visible=False)
    keys: list[Any] = [Patch(facecolor=color, label=name) for name, color in LOOK]
    keys += [
        Line2D([], [], color=BLACK, linewidth=1.4, label="Maximum between the minima"),
        Line2D([], [], color=BLACK, linewidth=1.4, linestyle="--", label="Midway: nearest changes"),
    ]
    legend_below(figure, keys, columns=3)
    return caption(figure, header, data["settings"])

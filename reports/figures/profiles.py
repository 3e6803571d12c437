"""Performance profiles: a panel for each optimizer, all others pale behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from gradmark.reports.style import BLUE, GREY, canvas, caption, label, styled

COLUMNS = 4
NEAR, FAR, WIDE = (1, 2, 5, 10, 20), (1, 10, 100), 30  # ticks, and the factor that tells which


@styled
def draw(
    factors: np.ndarray, profiles: Mapping[str, np.ndarray], header: Mapping[str, Any]
) -> Figure:
    """Draw each profile (share, low, high) over the factors."""
    rows = math.ceil(len(profiles) / COLUMNS)
    figure = canvas(1.6 + 2.1 * rows, "How far behind the fastest")
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (name, (share, low, high)) in zip(panels, profiles.items(), strict=False):
        for other, *_ in profiles.values():
            axes.step(factors, other, where="post", color=GREY, alpha=0.3, linewidth=1)
        axes.fill_between(factors, low, high, step="post", color=BLUE, alpha=0.25, linewidth=0)
        axes.step(factors, share, where="post", color=BLUE)
        axes.set_title(label(name, 26), fontsize=12, parse_math=False)
    for axes in panels[len(profiles) :]:
        axes.set_visible(False)
    for axes in panels[: len(profiles)][-COLUMNS:]:
        axes.set_xlabel("times the fastest (log)")
        axes.tick_params(labelbottom=True)
    for axes in panels[::COLUMNS]:
        axes.set_ylabel("share solved")
    first, last = panels[0], factors[-1]
    first.set(xscale="log", xlim=(1, last), ylim=(0, 1))
    first.set_xticks([t for t in (FAR if last > WIDE else NEAR) if t <= last])
    first.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    first.xaxis.set_minor_locator(NullLocator())
    first.yaxis.set_major_formatter(PercentFormatter(1))
    terms = header["races"]
    count = len(terms["problems"]) * terms["instances"]
    return caption(figure, header, [f"{count} instances", "bands: 95 % intervals"])

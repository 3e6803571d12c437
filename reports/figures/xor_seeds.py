"""How often the network learns XOR, its dead units, and what cures it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import BLUE, GREY, ORANGE, VERMILION, canvas, caption, styled


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the networks by their dead units, and the share that learns with each change."""
    figure = canvas(6.6, "Dead units, and how often XOR is learned")
    bars, cures = figure.subplots(1, 2, width_ratios=(1, 1.25))
    dead = np.asarray(data["dead_units"])
    learned, stuck = np.asarray(data["learned"]), np.asarray(data["stuck"])
    bars.bar(dead, learned, color=BLUE, label="XOR learned")
    bars.bar(
        dead, stuck, bottom=learned, color=ORANGE, hatch="//", edgecolor="white", label="stuck"
    )
    for x, good, bad in zip(dead, learned, stuck, strict=True):
        if good + bad:
            bars.annotate(
                f"{good / (good + bad):.0%}", (x, good + bad), (0, 4), ha="center",
                textcoords="offset points", fontsize=11.5,
            )  # fmt: skip
    bars.set(
        xlabel="Dead units of 4 after training", ylabel="Networks",
        title="The listing's recipe\n(above each bar: learned)",
        ylim=(0, 1.28 * np.max(learned + stuck)),
    )  # fmt: skip
    bars.set_xticks(dead)
    bars.grid(axis="x", visible=False)
    bars.legend(loc="upper right")
    rows = np.arange(len(data["cures"]))[::-1]
    share, low, high = 100 * np.asarray(data["shares"], dtype=float).T
    cures.axvline(share[0], color=GREY, linewidth=1.2, linestyle=":")
    off = 100 * np.asarray(data["dead"], dtype=float)
    cures.errorbar(
        share, rows, xerr=(share - low, high - share), fmt="o", color=BLUE, markersize=7,
        elinewidth=2, capsize=4,
    )  # fmt: skip
    cures.plot(off, rows, "X", color=VERMILION, markersize=8, linestyle="none")
    cures.set_yticks(rows, data["cures"])
    cures.set(
        xlabel="Share (%)",
        xlim=(-3, 103),
        title="One change at a time (● learned,\n95% interval; ✖ units always off)",
    )
    cures.set_ylim(-0.6, len(rows) - 0.4)
    return caption(figure, header, data["settings"])

"""Ravines, saddles and resting places: what each optimizer does about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import (
    BLUE,
    GREEN,
    LINES,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

COLORS = (ORANGE, BLUE, VERMILION, GREEN)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw multipliers by rate, escapes by distance, and Adam's return."""
    figure = canvas(5.4, "Ravines, saddles, and coming to rest")
    ravine, ridge, rest = figure.subplots(1, 3)
    products = np.asarray(data["eta_lambda"], dtype=float)
    for multipliers, swings, color, line in zip(
        data["multipliers"], data["swings_above"], COLORS, LINES, strict=False
    ):
        factor = np.asarray(multipliers, dtype=float)
        ravine.plot(products, factor, color=color, linestyle=line)
        swinging = (products >= swings) & (factor < 1)
        ravine.fill_between(products, 0, factor, where=swinging.tolist(), color=color, alpha=0.25)
    ravine.axhline(1, color="black", linewidth=1, linestyle=":")
    ravine.set(
        title="Swinging in a ravine", xlabel="Rate × curvature, ηλ (log)", xscale="log",
        ylabel="Factor per step; shaded: it swings", ylim=(0, 1.25),
    )  # fmt: skip
    for name, steps, color, line in zip(
        data["optimizers"], data["escapes"], COLORS, LINES, strict=False
    ):
        ridge.plot(data["distances"], steps, color=color, linestyle=line, label=name)
    ridge.set(
        title="Leaving a saddle", xlabel="Distance from the ridge (log)", xscale="log",
        yscale="log", ylabel="Steps until it has left (log)",
    )  # fmt: skip
    ridge.set_xticks([1e-12, 1e-8, 1e-4, 1e-1])
    distance = np.asarray(data["adam_distances"], dtype=float)
    rest.plot(np.asarray(data["adam_steps"]) / 1000, distance, color=GREEN, linestyle=LINES[3])
    rest.set(
        title="Adam on a parabola", xlabel="Thousands of steps", yscale="log",
        ylabel="Distance from the minimum (log)", ylim=(1e-320, 1e20),
    )  # fmt: skip
    rest.set_yticks([1e-300, 1e-200, 1e-100, 1.0])
    legend_below(figure, ridge.get_lines(), columns=4)
    return caption(figure, header, data["settings"])

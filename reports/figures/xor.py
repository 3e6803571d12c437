"""XOR: the training curve, and what the network has drawn between its four samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import BLUE, VERMILION, canvas, caption, styled


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the loss by epoch and the decision surface."""
    figure = canvas(5.4, "The article's network on XOR")
    curve, surface = figure.subplots(1, 2)
    losses = data["losses"]
    curve.plot(losses, color=BLUE)
    curve.annotate(
        f"{losses[0]:.4f}", (0, losses[0]), (8, 0), textcoords="offset points", va="center"
    )
    curve.annotate(
        f"{losses[-1]:.4f}", (len(losses) - 1, losses[-1]), (0, 9), textcoords="offset points",
        ha="right",
    )  # fmt: skip
    curve.set(xlabel="Epoch", ylabel="Binary cross-entropy", title="Training")
    shown = (data["x1"], data["x2"], np.asarray(data["prediction"], dtype=float))
    filled = surface.contourf(*shown, levels=np.linspace(0, 1, 21), cmap="cividis")
    surface.contour(*shown, levels=[0.5], colors="white", linewidths=2.4)
    samples = zip(data["inputs"], data["labels"], data["predictions"], strict=True)
    for (x1, x2), wanted, prediction in samples:
        right = (prediction > 0.5) == (wanted > 0.5)
        surface.plot(
            x1, x2, "o" if right else "X", markersize=13, markeredgewidth=1.5,
            markerfacecolor="white" if right else VERMILION, markeredgecolor="black",
        )  # fmt: skip
        surface.annotate(
            f"wants {wanted:g}, gets {prediction:.4f}", (x1, x2),
            (0, 14 if x2 > 0.5 else -14), textcoords="offset points", fontsize=11,
            ha="center", va="bottom" if x2 > 0.5 else "top",
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "alpha": 0.9, "lw": 0},
        )  # fmt: skip
    surface.set(
        xlabel="Input x₁", ylabel="Input x₂", xticks=(0, 1), yticks=(0, 1),
        title="Prediction (○ right, ✖ wrong)",
    )  # fmt: skip
    surface.grid(visible=False)
    figure.colorbar(
        filled, ax=surface, label="Predicted probability of 1", shrink=0.85,
        ticks=np.linspace(0, 1, 6),
    )  # fmt: skip
    return caption(figure, header, data["settings"])

"""The learning-rate finder's sweep, and both readings of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradmark.reports.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)


@styled
def draw(data: Mapping[str, Any], header: Mapping[str, Any]) -> Figure:
    """Draw the loss by learning rate, with the rates suggested."""
    lrs, losses = (np.asarray(data[name], dtype=float) for name in ("lrs", "losses"))
    figure = canvas(5.6, "The learning-rate finder, and its two answers")
    whole, close = figure.subplots(1, 2)
    marks = (
        ("tenth_of_rise", "A tenth of where the loss rises", GREEN, "--"),
        ("steepest", "Steepest fall", ORANGE, "-."),
        ("article_rate", "The article's own choice", GREY, ":"),
        ("stopped_at", "Explosion", VERMILION, (0, (8, 2))),
    )
    for axes in (whole, close):
        axes.plot(lrs, losses, color=BLUE, label="Loss before the step with η")
        for name, words, color, line in marks:
            (rate,) = data[name]
            axes.axvline(rate, color=color, linestyle=line, label=f"{words}: η = {rate:.2g}")
        axes.set(xscale="log", xlabel="Learning rate η (log)", ylabel="Loss")
    whole.set_title("The whole sweep")
    # Where the loss has moved, and no higher than to tell the fall from the rise.
    fall = losses[0] - losses.min()
    moved = int(np.argmax(np.abs(losses - losses[0]) > 0.02 * fall))
    close.set(title="Where it falls", xlim=(lrs[moved], lrs[-1] * 1.3))
    close.set_ylim(losses.min() - 0.3 * fall, losses[0] + fall)
    legend_below(figure, whole.get_lines(), columns=2)
    return caption(figure, header, data["settings"])

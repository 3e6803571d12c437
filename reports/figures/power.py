"""How often extra work is called slower: here and elsewhere, by margin, quiet and noisy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from gradmark.reports.shares import Share
from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    canvas,
    caption,
    legend_below,
    styled,
)

Trial = Mapping[str, Any]
OURS = "gradmark check --time"
ELSEWHERE = ((VERMILION, "s"), (GREEN, "^"), (PURPLE, "D"))


@styled
def draw(trials: Sequence[Trial], header: Mapping[str, Any]) -> Figure:
    """Draw the share of trials called slower, by extra work: a panel per margin and noise."""
    margins = sorted({trial["margin"] for trial in trials})
    noises = sorted({trial["neighbours"] for trial in trials})
    figure = canvas(1.9 + 2.9 * len(noises), "How often extra work is called slower")
    grid = figure.subplots(len(noises), len(margins), sharex=True, sharey=True, squeeze=False)
    for noisy, row in zip(noises, grid, strict=True):
        for margin, axes in zip(margins, row, strict=True):
            mine = [t for t in trials if (t["margin"], t["neighbours"]) == (margin, noisy)]
            axes.set_title(
                f"{f'{noisy} noisy neighbours' if noisy else 'quiet'}, margin {margin} %"
            )
            _panel(axes, mine, margin)
        row[0].set_ylabel("called slower")
        row[0].yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in grid[-1]:
        axes.set(xlabel="extra work, %", xticks=sorted({trial["extra"] for trial in trials}))
    lines = grid[0, 0].get_legend_handles_labels()[0]
    legend_below(figure, [lines[-1], *lines[:-1]], 2)  # bars come last there
    return caption(figure, header, [f"{len(trials)} comparisons", "bars: 95 % interval"])


def _panel(axes: Axes, trials: Sequence[Trial], margin: int) -> None:
    axes.axvline(margin, color=GREY, linewidth=1.2, linestyle=":")
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_ylim(-0.04, 1.04)
    extras, ours = _shares(trials, _called_here)
    around = [share.interval for share in ours]
    values = [share.value for share in ours]
    bars = (
        [value - low for value, (low, _) in zip(values, around, strict=True)],
        [high - value for value, (_, high) in zip(values, around, strict=True)],
    )
    axes.errorbar(
        extras, values, yerr=bars, color=BLUE, marker="o", markersize=8, linewidth=2.6,
        elinewidth=1.4, capsize=4, zorder=3, label=OURS,
    )  # fmt: skip
    tools = sorted({tool for trial in trials for tool in trial["slower_elsewhere"]})
    for tool, (colour, marker) in zip(tools, ELSEWHERE, strict=False):
        extras, theirs = _shares(trials, partial(_called_by, tool))
        axes.plot(
            extras, [share.value for share in theirs], color=colour, marker=marker, markersize=6,
            linestyle="--", linewidth=1.5, label=f"{tool}, on the same blocks",
        )  # fmt: skip


def _called_here(trial: Trial) -> bool:
    return bool(trial["verdict"] == "slower")


def _called_by(tool: str, trial: Trial) -> bool:
    return bool(trial["slower_elsewhere"][tool])


def _shares(
    trials: Sequence[Trial], called: Callable[[Trial], bool]
) -> tuple[list[int], list[Share]]:
    extras = sorted({trial["extra"] for trial in trials})
    given = [[called(trial) for trial in trials if trial["extra"] == extra] for extra in extras]
    return extras, [Share(sum(mine), len(mine)) for mine in given]

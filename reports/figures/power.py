"""How often extra work is called slower: here and elsewhere, by margin, quiet and noisy."""

from __future__ import annotations

from collections import Counter
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
BESIDE = 0.25  # % between the bars of two tools
OURS = "gradmark check --time"
ELSEWHERE = ((VERMILION, "s"), (GREEN, "^"), (PURPLE, "D"))


@styled
def draw(trials: Sequence[Trial], header: Mapping[str, Any]) -> Figure:
    """Draw the share of trials called slower, by extra work: a panel per margin and noise.

    Every tool has its interval; they stand beside each other, as they would hide each other.
    """
    margins = sorted({trial["margin"] for trial in trials})
    noises = sorted({trial["neighbours"] for trial in trials})
    figure = canvas(1.9 + 2.9 * len(noises), "How often extra work is called slower")
    grid = figure.subplots(len(noises), len(margins), sharex=True, sharey=True, squeeze=False)
    for noisy, row in zip(noises, grid, strict=True):
        for margin, axes in zip(margins, row, strict=True):
            mine = [t for t in trials if (t["margin"], t["neighbours"]) == (margin, noisy)]
            quiet = f"{noisy} noisy neighbours" if noisy else "quiet"
            axes.set_title(f"{quiet}, margin {margin} %, {_count(mine)}", fontsize=12)
            _panel(axes, mine, margin)
        row[0].set_ylabel("called slower")
        row[0].yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in grid[-1]:
        axes.set(xlabel="extra work, %", xticks=sorted({trial["extra"] for trial in trials}))
    legend_below(figure, grid[0, 0].get_legend_handles_labels()[0], 2)
    told = [f"{len(trials)} comparisons", "n: at each point", "bars: 95 % intervals"]
    return caption(figure, header, told)


def _panel(axes: Axes, trials: Sequence[Trial], margin: int) -> None:
    axes.axvline(margin, color=GREY, linewidth=1.2, linestyle=":")
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_ylim(-0.04, 1.04)
    _line(axes, 0, *_shares(trials, _called_here), color=BLUE, marker="o", label=OURS)
    tools = sorted({tool for trial in trials for tool in trial["slower_elsewhere"]})
    for at, (tool, (colour, marker)) in enumerate(zip(tools, ELSEWHERE, strict=False), 1):
        shares = _shares(trials, partial(_called_by, tool))
        told = f"{tool}, on the same blocks"
        _line(axes, at, *shares, color=colour, marker=marker, label=told, linestyle="--")


def _line(axes: Axes, at: int, extras: list[int], shares: list[Share], **look: Any) -> None:
    """Draw one tool's shares with their intervals, a little beside those of the others."""
    values = [share.value for share in shares]
    around = [share.interval for share in shares]
    bars = (
        [value - low for value, (low, _) in zip(values, around, strict=True)],
        [high - value for value, (_, high) in zip(values, around, strict=True)],
    )
    places = [extra + BESIDE * at for extra in extras]
    axes.errorbar(
        places, values, yerr=bars, markersize=6, linewidth=1.6, elinewidth=1.1, capsize=3, **look
    )


def _count(trials: Sequence[Trial]) -> str:
    """Say how many trials a point rests on."""
    counts = Counter(trial["extra"] for trial in trials).values()
    least, most = min(counts), max(counts)
    return f"n = {least}" if least == most else f"n = {least} to {most}"


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

"""How often extra work is called slower: a power curve for each margin, quiet and noisy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from reports.style import BLACK, BLUE, GREY, VERMILION, canvas, caption, legend_below, styled

LOOK = ((BLUE, "o", "-"), (VERMILION, "s", "--"))


@styled
def draw(trials: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw the share of trials that were called slower, by extra work: a panel per margin."""
    figure = canvas(5.2, "How often extra work is called slower")
    margins = sorted({margin for trial in trials for margin in trial["verdicts"]}, key=float)
    panels = figure.subplots(1, len(margins), sharey=True, squeeze=False)[0]
    for axes, margin in zip(panels, margins, strict=True):
        axes.axvline(float(margin), color=GREY, linewidth=1.2, linestyle=":")
        for noisy, (colour, marker, line) in zip(
            sorted({trial["neighbours"] for trial in trials}), LOOK, strict=False
        ):
            mine = [trial for trial in trials if trial["neighbours"] == noisy]
            extras = sorted({trial["extra"] for trial in mine})
            axes.plot(
                extras, [_share(mine, extra, margin) for extra in extras],
                color=colour, marker=marker, linestyle=line, markersize=8, clip_on=False,
                label=f"{noisy} noisy neighbours" if noisy else "quiet",
            )  # fmt: skip
        axes.set(xlabel="extra work, %", ylim=(0, 1), title=f"margin {margin} % (dotted)")
        axes.set_xticks(sorted({trial["extra"] for trial in trials}))
        axes.axhline(0, color=BLACK, linewidth=0.8)
    panels[0].set_ylabel("called slower")
    panels[0].yaxis.set_major_formatter(PercentFormatter(1.0))
    legend_below(figure, list(panels[0].get_legend_handles_labels()[0]), 2)
    fewest = min(
        sum(t["extra"] == extra and t["neighbours"] == noisy for t in trials)
        for extra, noisy in {(t["extra"], t["neighbours"]) for t in trials}
    )
    return caption(figure, header, [f"{fewest} trials or more a point"])


def _share(trials: Sequence[Mapping[str, Any]], extra: int, margin: str) -> float:
    given = [trial["verdicts"][margin] for trial in trials if trial["extra"] == extra]
    return given.count("slower") / len(given)

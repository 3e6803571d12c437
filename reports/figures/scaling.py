"""How the time of a call grows with size, on logarithmic scales, beside the machine's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from gradmark.harness.contract.dtypes import DTYPES
from gradmark.reports.figures.cast import Look
from gradmark.reports.style import GREY, canvas, caption, label, legend_below, styled

Record = Mapping[str, Any]


@styled
def draw(
    formula: str,
    pairs: Sequence[Record],
    limits: Sequence[Record],
    looks: Mapping[str, Look],
    header: Record,
) -> Figure:
    """Draw a panel per dtype and a line per contender, from the pairs of one formula."""
    figure = canvas(6.2, f"{label(formula, 40)}: time of a call by size")
    times = _times(pairs)
    dtypes = [dtype for dtype in DTYPES if any(key[1] == dtype for key in times)]
    panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
    names = [name for name in looks if any(key[0] == name for key in times)]
    for axes, dtype in zip(panels, dtypes, strict=True):
        for at, name in enumerate(names):
            found = sorted(times.get((name, dtype), {}).items())
            axes.plot(
                [size for size, _ in found], [seconds for _, seconds in found],
                **_drawn(at, looks[name]),
            )  # fmt: skip
        bound = sorted((_size(r), r["limit_seconds"]) for r in limits if r["dtype"] == dtype)
        axes.plot(
            [size for size, _ in bound], [seconds for _, seconds in bound],
            color=GREY, linewidth=5, alpha=0.45, solid_capstyle="round", zorder=1,
        )  # fmt: skip
        axes.set(title=dtype, xscale="log", yscale="log", xlabel=_axis(pairs[0]))
        ticks = sorted({_size(pair) for pair in pairs})
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_locator(LogLocator(numticks=12))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(EngFormatter(unit="s"))
        axes.margins(x=0.12)
    panels[0].set_ylabel("time of a call")
    keys = [
        Line2D([], [], label=label(name), **_drawn(at, looks[name]))
        for at, name in enumerate(names)
    ]
    if limits:
        what = {"update": "moving its bytes", "products": "its products alone"}[limits[0]["of"]]
        keys.append(
            Line2D([], [], color=GREY, linewidth=5, alpha=0.45, label=f"the machine: {what}")
        )
    legend_below(figure, keys, 4)
    return caption(figure, header, ["medians over all blocks", "log scales"])


def _drawn(at: int, look: Look) -> dict[str, Any]:
    """Draw a line as its legend does; the next one is slimmer, so that it hides none below it."""
    slim = 0.8 ** min(at, 5)
    return {
        "color": look.colour,
        "marker": look.marker,
        "linestyle": look.line,
        "linewidth": 1 + 3.5 * slim,
        "markersize": 5 + 7 * slim,
        "markeredgecolor": "white",
    }


def _times(pairs: Sequence[Record]) -> dict[tuple[str, str], dict[int, float]]:
    """Collect seconds by size, for each contender and dtype, the baseline too."""
    times: dict[tuple[str, str], dict[int, float]] = {}
    for pair in pairs:
        both = {"implementation": "seconds", "baseline": "baseline_seconds"}
        for who, seconds in both.items():
            times.setdefault((pair[who], pair["dtype"]), {})[_size(pair)] = pair[seconds]
    return times


def _size(record: Record) -> int:
    return int(max(record["params"].values()))


def _axis(record: Record) -> str:
    """Name the sizes: as many samples as the layer is wide are one number."""
    return " and ".join(record["params"])

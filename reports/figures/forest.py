"""Ratios of times with their intervals, one line each: a forest plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gradmark.harness.contract.dtypes import DTYPES
from gradmark.reports.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    VERMILION,
    canvas,
    caption,
    label,
    legend_below,
    number,
    styled,
)

# Colour and shape both tell: neither is needed to read the other.
LOOK = {
    "faster": (GREEN, "<"),
    "same": (BLUE, "s"),
    "slower": (VERMILION, ">"),
    "inconclusive": (ORANGE, "o"),
}


@styled
def draw(formula: str, pairs: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Figure:
    """Draw the pairs of one formula: a panel per dtype, sizes one under the other."""
    baseline, margin = pairs[0]["baseline"], pairs[0]["margin"]
    names = list(dict.fromkeys(pair["implementation"] for pair in pairs))
    lines = sorted(
        {(sizes(pair), pair["implementation"]) for pair in pairs},
        key=lambda line: (line[0], names.index(line[1])),
    )
    figure = canvas(
        2.9 + 0.3 * (len(lines) + len({size for size, _ in lines})),
        f"{label(formula, 40)}: time over that of {label(baseline, 32)}",
    )
    dtypes = [dtype for dtype in DTYPES if any(pair["dtype"] == dtype for pair in pairs)]
    panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
    places = _places(lines)
    for axes, dtype in zip(panels, dtypes, strict=True):
        axes.axvspan(1 / (1 + margin), 1 + margin, color=PALE, linewidth=0)
        axes.axvline(1, color=BLACK, linewidth=1.2)
        for pair in pairs:
            if pair["dtype"] == dtype:
                _line(axes, places[sizes(pair), pair["implementation"]], pair)
        axes.set_title(dtype)
    _scale(panels[0], pairs)
    panels[0].set_yticks(
        [places[line] for line in lines], [label(name) for _, name in lines], parse_math=False
    )
    for axes in panels:
        axes.grid(visible=False, axis="y")
        for size in dict.fromkeys(size for size, _ in lines):
            top = min(place for (its, _), place in places.items() if its == size)
            axes.text(
                0.01, top - 0.75, " × ".join(f"{n:,} {name}" for name, n in size),
                transform=axes.get_yaxis_transform(), fontsize=11, color=GREY, va="center",
            )  # fmt: skip
    panels[0].set_ylim(max(places.values()) + 0.6, -1.3)
    keys = [
        Line2D([], [], color=colour, marker=marker, markersize=8, label=verdict)
        for verdict, (colour, marker) in LOOK.items()
    ]
    legend_below(figure, keys, 4)
    told = ["99 % intervals, simultaneous per size", f"band: ± {100 * margin:g} %"]
    return caption(figure, header, told)


def sizes(pair: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the sizes of a pair's workload, to sort and group by."""
    return tuple(pair["params"].items())


def _places(lines: Sequence[tuple[Any, str]]) -> dict[tuple[Any, str], float]:
    """Set the lines one under the other, with room for a heading before each size."""
    places: dict[tuple[Any, str], float] = {}
    at, before = -1.0, None
    for size, name in lines:
        at += 1 if size == before else 2 if before is not None else 1
        places[size, name] = at
        before = size
    return places


def _line(axes: Axes, place: float, pair: Mapping[str, Any]) -> None:
    colour, marker = LOOK[pair["verdict"]]
    axes.plot([float(pair["low"]), float(pair["high"])], [place, place], color=colour)
    axes.plot(
        [pair["ratio"]], [place], color=colour, marker=marker, markersize=8,
        markeredgecolor="white",
    )  # fmt: skip


def _scale(axes: Axes, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Let the axis be logarithmic, with 1 in it and ticks that are read at a glance."""
    least = min(0.8, *(float(pair["low"]) for pair in pairs))
    most = max(1.25, *(float(pair["high"]) for pair in pairs))
    axes.set(xscale="log", xlim=(least / 1.1, most * 1.1))
    decades = most / least > 30
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades else (1.0, 2.0, 5.0)))
    if most / least < 4:
        axes.set_xticks([tick for tick in (0.5, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2) if
                         least / 1.1 <= tick <= most * 1.1])  # fmt: skip
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{number(tick)}×"))

"""How near each contender comes to what the machine can do, at each formula's largest size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from reports.figures.cast import Look
from reports.formulas import in_order
from reports.style import BLACK, PALE, canvas, caption, label, legend_below, number, styled

Record = Mapping[str, Any]
DTYPES = ("float64", "float32")


@styled
def draw(limits: Sequence[Record], looks: Mapping[str, Look], header: Record) -> Figure:
    """Draw a row per formula and a panel per dtype: the limit's time over each contender's."""
    largest = _largest(limits)
    formulas = in_order(record["formula"] for record in largest)
    names = [name for name in looks if any(r["implementation"] == name for r in largest)]
    figure = canvas(2.9 + 0.52 * len(formulas), "How near to the machine's limit")
    dtypes = [dtype for dtype in DTYPES if any(record["dtype"] == dtype for record in largest)]
    panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
    for axes, dtype in zip(panels, dtypes, strict=True):
        axes.axvline(1, color=BLACK, linewidth=1.2)
        for shaded in range(1, len(formulas), 2):
            axes.axhspan(shaded - 0.5, shaded + 0.5, color=PALE, alpha=0.5, linewidth=0)
        for record in largest:
            if record["dtype"] == dtype:
                offset = (names.index(record["implementation"]) + 0.5) / len(names) - 0.5
                row = formulas.index(record["formula"]) + 0.8 * offset
                _point(axes, row, record, looks[record["implementation"]])
        axes.set(title=dtype, xlabel="share of the limit (log)")
        axes.grid(visible=False, axis="y")
    sizes = {record["formula"]: record["params"] for record in largest}
    panels[0].set_yticks(
        range(len(formulas)),
        [f"{label(it, 26)}\n{' × '.join(f'{n:,}' for n in sizes[it].values())}" for it in formulas],
        parse_math=False, fontsize=11,
    )  # fmt: skip
    panels[0].set_ylim(len(formulas) - 0.5, -0.5)
    _scale(panels[0], largest)
    keys = [
        Line2D([], [], color=looks[name].colour, marker=looks[name].marker, linestyle="",
               markersize=9, label=label(name))
        for name in names
    ]  # fmt: skip
    legend_below(figure, keys, 5)
    told = ["100 %: as fast as the machine moves its bytes or forms its products", "99 % intervals"]
    return caption(figure, header, told)


def _largest(limits: Sequence[Record]) -> list[Record]:
    """Keep each formula's records of the largest size."""
    most: dict[str, list[int]] = {}
    for record in limits:
        sizes = list(record["params"].values())
        most[record["formula"]] = max(most.get(record["formula"], sizes), sizes)
    return [r for r in limits if list(r["params"].values()) == most[r["formula"]]]


def _point(axes: Axes, row: float, record: Record, look: Look) -> None:
    low, high = 1 / float(record["high"]), 1 / float(record["low"])
    axes.plot([low, high], [row, row], color=look.colour, linewidth=1.8)
    axes.plot(
        [1 / record["ratio"]], [row], color=look.colour, marker=look.marker, markersize=8,
        markeredgecolor="white",
    )  # fmt: skip


def _scale(axes: Axes, records: Sequence[Record]) -> None:
    least = min(0.5, *(1 / float(record["high"]) for record in records))
    most = max(1.1, *(1 / float(record["low"]) for record in records))
    axes.set(xscale="log", xlim=(least / 1.2, most * 1.1))
    decades = most / least > 30
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades else (1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{number(100 * tick)} %"))

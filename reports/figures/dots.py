"""One number per contender, formula and dtype, on a logarithmic scale: a row for each formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gradmark.harness.contract.dtypes import DTYPES
from gradmark.reports.figures.cast import Look
from gradmark.reports.formulas import in_order
from gradmark.reports.style import BLACK, PALE, canvas, caption, label, legend_below, styled


class Dot(NamedTuple):
    """A number with its interval, which may have no width."""

    formula: str
    dtype: str
    implementation: str
    value: float
    low: float
    high: float


@styled
def draw(
    title: str,
    axis: str,
    dots: Sequence[Dot],
    sizes: Mapping[str, str],
    looks: Mapping[str, Look],
    tick: Callable[[float], str],
    header: Mapping[str, Any],
    told: Sequence[str],
    mark: float | None = None,
) -> Figure:
    """Draw a panel per dtype.

    Parameters
    ----------
    title, axis : str
        What is drawn, and what its axis is called.
    dots : sequence of Dot
        Each above 0.
    sizes : mapping of str to str
        What stands under a formula's name.
    looks : mapping of str to Look
        Who is drawn how, in the order of the key.
    tick : callable
        Spells a number of the axis.
    header : mapping
        Of the run.
    told : sequence of str
        What the caption says.
    mark : float, optional
        Where a line stands that all are seen against.
    """
    formulas = in_order(dot.formula for dot in dots)
    names = [name for name in looks if any(dot.implementation == name for dot in dots)]
    figure = canvas(2.9 + 0.52 * len(formulas), title)
    dtypes = [dtype for dtype in DTYPES if any(dot.dtype == dtype for dot in dots)]
    panels = figure.subplots(1, len(dtypes), sharex=True, sharey=True, squeeze=False)[0]
    for axes, dtype in zip(panels, dtypes, strict=True):
        if mark is not None:
            axes.axvline(mark, color=BLACK, linewidth=1.2)
        for shaded in range(1, len(formulas), 2):
            axes.axhspan(shaded - 0.5, shaded + 0.5, color=PALE, alpha=0.5, linewidth=0)
        for dot in dots:
            if dot.dtype == dtype:
                offset = (names.index(dot.implementation) + 0.5) / len(names) - 0.5
                _dot(axes, formulas.index(dot.formula) + 0.8 * offset, dot, looks)
        axes.set(title=dtype, xlabel=f"{axis} (log)")
        axes.grid(visible=False, axis="y")
    panels[0].set_yticks(
        range(len(formulas)), [f"{label(it, 26)}\n{sizes[it]}" for it in formulas],
        parse_math=False, fontsize=11,
    )  # fmt: skip
    panels[0].set_ylim(len(formulas) - 0.5, -0.5)
    ends = [end for dot in dots for end in (dot.low, dot.high)] + [mark or dots[0].value]
    _scale(panels[0], min(ends), max(ends), tick)
    keys = [
        Line2D([], [], color=looks[name].colour, marker=looks[name].marker, linestyle="",
               markersize=9, label=label(name))
        for name in names
    ]  # fmt: skip
    legend_below(figure, keys, 5)
    return caption(figure, header, told)


def _dot(axes: Axes, row: float, dot: Dot, looks: Mapping[str, Look]) -> None:
    look = looks[dot.implementation]
    axes.plot([dot.low, dot.high], [row, row], color=look.colour, linewidth=1.8)
    axes.plot(
        [dot.value], [row], color=look.colour, marker=look.marker, markersize=8,
        markeredgecolor="white",
    )  # fmt: skip


def _scale(axes: Axes, least: float, most: float, tick: Callable[[float], str]) -> None:
    axes.set(xscale="log", xlim=(least / 1.3, most * 1.3))
    decades = most / least > 30
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades else (1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))

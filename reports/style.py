"""How every picture looks: one palette, one font size, one width, and the same bytes each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from matplotlib import font_manager
from matplotlib import style as matplotlib_style
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from gradmark.reports.markdown import shorten, visible

# Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers too.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#6B6B6B", "#E8E8E8"
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

WIDTH, DPI = 10.0, 160  # 1600 pixels, legible at half of that
CAPTION = 0.42  # inches under the axes

STYLE = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs everywhere
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "legend.fontsize": 11.5,
    "legend.frameon": True,
    "legend.framealpha": 0.92,
    "legend.edgecolor": PALE,
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "lines.linewidth": 2.2,
    "image.cmap": "viridis",
}
P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in this style, whatever the reader's own matplotlib settings are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib_style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return drawn


def canvas(height: float, title: str) -> Figure:
    """Make an empty figure of the common width, with room for a caption."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    _keep_free(figure, CAPTION)
    figure.suptitle(title, x=0.015, ha="left", fontsize=17, fontweight="bold", parse_math=False)
    return figure


def _keep_free(figure: Figure, foot: float) -> None:
    """Leave some inches at the foot to caption and legend."""
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    foot /= figure.get_figheight()
    engine.set(rect=(0.005, foot, 0.99, 0.99 - foot), w_pad=0.1, h_pad=0.08)


def legend_below(figure: Figure, lines: Sequence[Artist], columns: int) -> None:
    """Explain what all panels share, between them and the caption."""
    rows = math.ceil(len(lines) / columns)
    _keep_free(figure, CAPTION + 0.27 * rows + 0.2)
    figure.legend(
        handles=lines, loc="lower center", ncols=columns, columnspacing=1.4,
        bbox_to_anchor=(0.5, (CAPTION - 0.07) / figure.get_figheight()),
    )  # fmt: skip


def caption(figure: Figure, header: Mapping[str, Any], settings: Sequence[str] = ()) -> Figure:
    """Say at the foot what the picture was drawn from."""
    parts = ["gradmark", *settings, f"run seed {header.get('seed', 'unknown')}"]
    if header.get("quick"):
        parts.append("quick run")
    figure.text(
        0.015, 0.1 / figure.get_figheight(), "  ·  ".join(parts), fontsize=10.5, color=GREY,
        parse_math=False,
    )  # fmt: skip
    return figure


def number(value: float, digits: int = 4) -> str:
    """Spell a number for a picture: few digits, and the minus sign that the axes have.

    Examples
    --------
    >>> number(-0.20039)
    '−0.2004'
    """
    return f"{value:.{digits}g}".replace("-", "−")


def save(figure: Figure, path: Path) -> None:
    """Write a PNG without the program's name in it: the same picture is the same bytes."""
    with matplotlib_style.context(["default", STYLE]):
        figure.savefig(path, format="png", metadata={"Software": None})


def label(text: str, limit: int = 24) -> str:
    """Spell a name with the glyphs there are, and no longer than fits."""
    font = font_manager.get_font(font_manager.findfont(STYLE["font.family"]))  # type: ignore[arg-type]  # a string
    known = (c if font.get_char_index(ord(c)) else "?" for c in visible(text))
    return shorten("".join(known), limit)

"""A grid with a cell for each contender, dtype and formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradmark.reports.formulas import in_order
from gradmark.reports.style import BLACK, label

Record = Mapping[str, Any]
BITS = "32, 64: bits of the dtype"
FEWEST, MOST = 12, 20  # columns: fewer would be stretched, more go to another band


class Grid:
    """Where the records' cells lie: a column a formula, a row a contender and dtype.

    Many formulas lie in several bands, one below the other.

    Parameters
    ----------
    records : sequence of dict
        Whatever is to have a cell; a contender's dtypes stay together, however they are mixed.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        formulas = in_order(record["formula"] for record in records)
        bands = -(-len(formulas) // MOST)
        wide = -(-len(formulas) // bands)
        self.bands = [formulas[at : at + wide] for at in range(0, len(formulas), wide)]
        self.columns = max(FEWEST, wide)
        order = list(dict.fromkeys(record["implementation"] for record in records))
        rows = dict.fromkeys((record["implementation"], record["dtype"]) for record in records)
        self.rows = sorted(rows, key=lambda row: order.index(row[0]))
        self.panels: list[Axes] = []

    def height(self, row: float) -> float:
        """Return the inches of all bands, each with room for its formulas' names."""
        return len(self.bands) * (1.7 + row * len(self.rows))

    def cell(self, record: Record) -> tuple[Axes, int, int]:
        """Return the band, and in it the left and the upper edge of a cell, 1 wide and 1 high."""
        row = self.rows.index((record["implementation"], record["dtype"]))
        band = next(at for at, its in enumerate(self.bands) if record["formula"] in its)
        return self.panels[band], self.bands[band].index(record["formula"]), row

    def on(self, figure: Figure) -> None:
        """Make the bands, name rows and columns, and part the contenders."""
        self.panels = list(figure.subplots(len(self.bands), 1, squeeze=False)[:, 0])
        for axes, formulas in zip(self.panels, self.bands, strict=True):
            self._frame(axes, formulas)

    def _frame(self, axes: Axes, formulas: Sequence[str]) -> None:
        rows = self.rows
        for y in range(1, len(rows)):
            if rows[y][0] != rows[y - 1][0]:
                axes.plot([0, len(formulas)], [y, y], color=BLACK, linewidth=1)
        axes.set(xlim=(0, self.columns), ylim=(len(rows), 0))
        axes.set_xticks(
            [x + 0.5 for x in range(len(formulas))], [label(name, 26) for name in formulas],
            rotation=45, ha="left", rotation_mode="anchor", parse_math=False,
        )  # fmt: skip
        axes.set_yticks(
            [y + 0.5 for y in range(len(rows))],
            [f"{label(name)}  {dtype.removeprefix('float')}" for name, dtype in rows],
            parse_math=False,
        )
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)

"""A grid with a cell for each contender, dtype and formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from gradmark.reports.formulas import in_order
from gradmark.reports.style import BLACK, label

Record = Mapping[str, Any]
BITS = "32, 64: bits of the dtype"


class Grid:
    """Where the records' cells lie: a column a formula, a row a contender and dtype.

    Parameters
    ----------
    records : sequence of dict
        Whatever is to have a cell; a contender's dtypes stay together, however they are mixed.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.formulas = in_order(record["formula"] for record in records)
        order = list(dict.fromkeys(record["implementation"] for record in records))
        rows = dict.fromkeys((record["implementation"], record["dtype"]) for record in records)
        self.rows = sorted(rows, key=lambda row: order.index(row[0]))

    def cell(self, record: Record) -> tuple[int, int]:
        """Return the left and the upper edge of a record's cell; it is 1 wide and 1 high."""
        row = self.rows.index((record["implementation"], record["dtype"]))
        return self.formulas.index(record["formula"]), row

    def frame(self, axes: Axes) -> None:
        """Name rows and columns, and part the contenders."""
        rows, formulas = self.rows, self.formulas
        for y in range(1, len(rows)):
            if rows[y][0] != rows[y - 1][0]:
                axes.axhline(y, color=BLACK, linewidth=1)
        axes.set(xlim=(0, len(formulas)), ylim=(len(rows), 0))
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

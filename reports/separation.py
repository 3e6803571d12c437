"""The page on separation: whether the questions asked can tell the known forms apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradmark.harness.records import SeparationRecord
from gradmark.harness.results import Results
from gradmark.reports.figures.separation import FAR, draw
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.style import save

FIGURE = "separation.png"
ABOUT = (
    "A verdict can name a form only where some question tells it from every other. Each known form "
    "is answered here for exactly, rounded to the dtype, and judged as every other one: the "
    "distance is the worst error over what is allowed, counted up to 10 000. Up to 1, no question "
    "tells the two apart in that dtype, and the verdict says so instead of guessing."
)

NEAR_ABOUT = (
    "Pairs nearer than 10 000 times what is allowed. All others are further apart in each dtype; "
    "the distance of every form from every other is in "
    "[results/separation.jsonl](results/separation.jsonl), a `separation` record for each formula "
    "and dtype."
)
MOST = 24  # pairs of one formula and dtype


def page(results: Results, figures: Path) -> str:
    """Write the page, and its picture into `figures`."""
    records = results.of(SeparationRecord)
    parts = [
        "# Separation\n",
        *(f"> {warning}\n" for warning in warnings("separation", results)),
        ABOUT + "\n",
    ]
    if records:
        save(draw(records, results.header), figures / FIGURE)
        parts.append(f"![How far each form is from its nearest neighbour](figures/{FIGURE})\n")
        parts += ["## Closest pairs\n", _closest(records), "## Declared inseparable\n"]
        parts += [_inseparable(records), "## Forms that are near\n", NEAR_ABOUT + "\n"]
        parts.append(_near(records))
    parts.append(provenance([("separation", results)]))
    return "\n".join(parts)


def _closest(records: Sequence[SeparationRecord]) -> str:
    cells = {(record["formula"], record["dtype"]): record for record in records}
    dtypes = list(dict.fromkeys(record["dtype"] for record in records))
    rows = []
    for formula in in_order(record["formula"] for record in records):
        row = [escape(formula)]
        for dtype in dtypes:
            record = cells.get((formula, dtype))
            row += _closest_cells(record) if record else ["", "", ""]
        rows.append(row)
    head = ["formula"]
    for dtype in dtypes:
        head += [f"{dtype}: forms", "closest pair", "distance"]
    return table(head, rows, align=":--")


def _closest_cells(record: SeparationRecord) -> list[str]:
    names, excess = record["variants"], record["excess"]
    pairs = [
        (float(excess[i][j]), names[i], names[j])
        for i in range(len(names))
        for j in range(len(names))
        if i != j
    ]
    if not pairs:
        return [str(len(names)), "", ""]
    distance, answered, judged = min(pairs)
    if distance >= FAR:
        return [str(len(names)), "", _distance(distance)]
    return [str(len(names)), f"{escape(answered)} as {escape(judged)}", _distance(distance)]


def _distance(value: float) -> str:
    return "> 10⁴" if value >= FAR else f"{value:.3g}"


def _inseparable(records: Sequence[SeparationRecord]) -> str:
    rows = [
        [escape(record["formula"]), record["dtype"], escape(a), escape(b)]
        for record in records
        for a, b in record["inseparable"]
    ]
    if not rows:
        return "None: some question tells every pair apart in both dtypes.\n"
    return table(["formula", "dtype", "form", "alike to"], rows, align=":--")


def _near(records: Sequence[SeparationRecord]) -> str:
    """List the pairs that the questions tell apart by no more than a small factor."""
    rows = []
    for record in records:
        names = record["variants"]
        near = sorted(
            (float(distance), i, j)
            for i, row in enumerate(record["excess"])
            for j, distance in enumerate(row)
            if i != j and float(distance) < FAR
        )
        where = [escape(record["formula"]), record["dtype"]]
        for distance, i, j in near[:MOST]:
            rows.append([*where, escape(names[i]), escape(names[j]), _distance(distance)])
        if len(near) > MOST:
            rows.append([*where, f"and {len(near) - MOST} pairs more", "", ""])
    if not rows:
        return "None.\n"
    return table(["formula", "dtype", "answered", "judged as", "distance"], rows, align=":--")

"""The page on how two contenders differ: forms, equations, where they part, what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import DifferenceRecord
from gradmark.harness.results import Results
from gradmark.reports.blocks import Block, Heading, Items, Note, Picture, Table, Text
from gradmark.reports.figures.difference import draw
from gradmark.reports.html import anchor
from gradmark.reports.markdown import escape, render, visible
from gradmark.reports.provenance import provenance_table, warnings
from gradmark.reports.style import save

SIGNS = {"same": "✓", "different": "✗", "not compared": "?"}
OPEN, CLOSE = "⟦", "⟧"


def page(results: Results, figures: Path) -> str:
    """Write the page, and a picture for each formula that differs in training."""
    records = results.of(DifferenceRecord)
    for record in records:
        if "matter" in record:
            save(draw(record, results.header), figures / _picture(record))
    noted = [Note(told) for told in warnings("difference", results)]
    names = " and ".join(map(escape, _names(records)))
    parts = [Heading(f"How {names} differ", 1), *noted, *blocks(records)]
    origin = Heading("Where this comes from"), provenance_table([("difference", results)])
    return render([*parts, *origin])


def outcome(records: Sequence[DifferenceRecord]) -> str:
    """Sum up what came out, as plain text."""
    different = [r["formula"] for r in records if r["outcome"] == "different"]
    told = f"different in {', '.join(different)}" if different else "the same"
    return visible(f"{' and '.join(_names(records))}: {told}")


def blocks(records: Sequence[DifferenceRecord]) -> Iterator[Block]:
    """Yield what is told of each formula, an overview first."""
    yield _overview(records)
    for record in records:
        if record["outcome"] == "different":
            yield from _section(record)


def _names(records: Sequence[DifferenceRecord]) -> list[str]:
    return list(dict.fromkeys(name for r in records for name in (r["one"], r["other"])))


def _overview(records: Sequence[DifferenceRecord]) -> Table:
    rows = []
    for record in records:
        about = f"{record['formula']}, {record['dtype']}"
        link = f"[{escape(about)}](#{anchor(about)})"
        sides = [_form(record["of_one"]), _form(record["of_other"])]
        weight = record.get("matter", {}).get("weight", "")
        known = record["outcome"]
        told = link if known == "different" else escape(about)
        rows.append([told, f"{SIGNS[known]} {known}", *sides, weight])
    one, other = (records[0]["one"], records[0]["other"]) if records else ("", "")
    return Table(["formula", "outcome", escape(one), escape(other), "in training"], rows, ":--")


def _form(side: dict[str, Any]) -> str:
    variant = f" ({escape(side['variant'])})" if side["variant"] else ""
    return f"{side['verdict']}{variant}"


def _section(record: DifferenceRecord) -> Iterator[Block]:
    yield Heading(f"{escape(record['formula'])}, {record['dtype']}")
    names = record["one"], record["other"]
    yield Items(
        [
            f"**{escape(name)}**: {_form(side)}. {escape(side['says'])}"
            + (f" *{escape(side['source'])}*" if "source" in side else "")
            for name, side in zip(names, (record["of_one"], record["of_other"]), strict=True)
        ]
    )
    if "equations" in record:
        yield Text("What differs is **bold**.")
        rows = [
            [escape(line["variable"]) + " ←" * bool(line["variable"]), _bold(line["one"]),
             "the same" if line["one"] == line["other"] else _bold(line["other"])]
            for line in record["equations"]
        ]  # fmt: skip
        yield Table(["", *map(escape, names)], rows, ":--")
    if "parting" in record:
        its = record["parting"]
        variable = f" Variables: {escape(its['variable'])}." if "variable" in its else ""
        numbers = f"{escape(its['one'])} against {escape(its['other'])}"
        yield Text(f"**They part** in {escape(its['where'])}: {numbers}.{variable}")
    if "matter" in record:
        its = record["matter"]
        yield Text(f"**It matters:** {escape(its['says'])}. By the rule: {escape(its['rule'])}.")
        yield Picture(_picture(record), f"How far apart training gets: {escape(record['formula'])}")
        yield Text("The problems:")
        yield Items([escape(about) for about in dict.fromkeys(c["about"] for c in its["curves"])])
    if "translation" in record:
        told = escape(record["translation"]["says"])
        yield Text(f"**To compute {escape(names[0])} with {escape(names[1])}:** {told}")


def _picture(record: DifferenceRecord) -> str:
    return f"difference_{record['formula']}_{record['dtype']}.png"


def _bold(text: str) -> str:
    """Make bold what differs, and code of nothing: equations are prose here."""
    return escape(text).replace(OPEN, "**").replace(CLOSE, "**") if text else "–"

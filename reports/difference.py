"""The page on how two contenders differ: forms, equations, where they part, what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import DifferenceRecord
from gradmark.harness.results import Results
from gradmark.reports.figures.difference import draw
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.style import save

SIGNS = {"same": "✓", "different": "✗", "not compared": "?"}
OPEN, CLOSE = "⟦", "⟧"


def page(results: Results, figures: Path) -> str:
    """Write the page, and a picture for each formula that differs in training."""
    records = results.of(DifferenceRecord)
    names = " and ".join(dict.fromkeys(n for r in records for n in (r["one"], r["other"])))
    parts = [f"# How {escape(names)} differ\n"]
    parts += [f"> {told}\n" for told in warnings("difference", results)]
    parts.append(_overview(records))
    for record in records:
        if record["outcome"] == "different":
            parts += _section(record, results, figures)
    parts += ["## Where this comes from\n", provenance([("difference", results)])]
    return "\n".join(parts)


def _overview(records: Sequence[DifferenceRecord]) -> str:
    rows = []
    for record in records:
        outcome = record["outcome"]
        title = f"{record['formula']}, {record['dtype']}"
        anchor = title.lower().replace(",", "").replace(" ", "-")
        link = f"[{escape(title)}](#{anchor})" if outcome == "different" else escape(title)
        sides = [_form(record["of_one"]), _form(record["of_other"])]
        matter = record.get("matter", {}).get("weight", "")
        rows.append([link, f"{SIGNS[outcome]} {outcome}", *sides, matter])
    one, other = (records[0]["one"], records[0]["other"]) if records else ("", "")
    head = ["formula", "outcome", escape(one), escape(other), "in training"]
    return table(head, rows, align=":--")


def _form(side: dict[str, Any]) -> str:
    variant = f" ({escape(side['variant'])})" if side["variant"] else ""
    return f"{side['verdict']}{variant}"


def _section(record: DifferenceRecord, results: Results, figures: Path) -> Iterator[str]:
    yield f"## {escape(record['formula'])}, {record['dtype']}\n"
    names = record["one"], record["other"]
    for name, side in zip(names, (record["of_one"], record["of_other"]), strict=True):
        source = f" *{escape(side['source'])}*" if "source" in side else ""
        yield f"- **{escape(name)}**: {_form(side)}. {escape(side['says'])}{source}"
    yield ""
    if "equations" in record:
        yield "What differs is **bold**.\n"
        rows = [
            [escape(line["variable"]) + " ←" * bool(line["variable"]), _bold(line["one"]),
             "the same" if line["one"] == line["other"] else _bold(line["other"])]
            for line in record["equations"]
        ]  # fmt: skip
        yield table(["", *map(escape, names)], rows, align=":--")
    if "parting" in record:
        its = record["parting"]
        variable = f" Variables: {escape(its['variable'])}." if "variable" in its else ""
        numbers = f"{escape(its['one'])} against {escape(its['other'])}"
        yield f"**They part** in {escape(its['where'])}: {numbers}.{variable}\n"
    if "matter" in record:
        yield from _matter(record, results, figures)
    if "translation" in record:
        told = escape(record["translation"]["says"])
        yield f"**To compute {escape(names[0])} with {escape(names[1])}:** {told}\n"


def _matter(record: DifferenceRecord, results: Results, figures: Path) -> Iterator[str]:
    its = record["matter"]
    yield f"**It matters:** {escape(its['says'])}. By the rule: {escape(its['rule'])}.\n"
    file = f"difference_{record['formula']}_{record['dtype']}.png"
    save(draw(record, results.header), figures / file)
    title = f"How far apart training gets: {record['formula']}"
    yield f"![{escape(title)}](figures/{file})\n"
    yield "The problems:\n"
    told = {curve["about"]: None for curve in its["curves"]}
    yield "\n".join(f"- {escape(about)}" for about in told) + "\n"


def _bold(text: str) -> str:
    """Make bold what differs, and code of nothing: equations are prose here."""
    return escape(text).replace(OPEN, "**").replace(CLOSE, "**") if text else "–"

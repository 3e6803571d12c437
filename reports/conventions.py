"""Conventions in the wild: what each contender computes under a name, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import AccuracyRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import code, escape, shorten, table
from gradmark.reports.provenance import provenance, warnings

FAR = 1e4  # where the judge stops counting a margin
Accuracy = Mapping[tuple[str, str, str], AccuracyRecord]
CANONICAL = "the article's form"
ABOUT = (
    "One name, several formulas. For each formula of the contract: which form every contender "
    "follows, and what shows it. *distance* is the worst error against the form named, over what "
    "the arithmetic explains: up to 1 that form is followed. *margin* is the same for the next "
    "best form, which is named beside it where it is below 10 000: the larger, the surer. *ulp* "
    "is the worst error met by the verdict's questions, in units of the last place; *99 %* and "
    "*worst* are those of a designed grid, and of a search from there. *line* is the line of the "
    "results file that holds a verdict's numbers."
)


def page(results: Results, figures: Path) -> str:  # noqa: ARG001 - pages may draw, this one does not
    """Write the page."""
    lines = [line for line, record in enumerate(results.records, 2) if record["kind"] == "verdict"]
    verdicts = [
        (line, record)
        for line, record in zip(lines, results.of(VerdictRecord), strict=True)
        if record["verdict"] != "absent"
    ]
    accuracy: Accuracy = {
        (record["implementation"], record["formula"], record["dtype"]): record
        for record in results.of(AccuracyRecord)
    }
    parts = ["# Conventions in the wild\n"]
    parts += [f"> {warning}\n" for warning in warnings("conformance", results)]
    parts += [ABOUT + "\n", "## At a glance\n", _glance([record for _, record in verdicts])]
    for formula in in_order(record["formula"] for _, record in verdicts):
        mine = [(line, record) for line, record in verdicts if record["formula"] == formula]
        parts += [
            f"## {escape(formula)}\n",
            _rows(mine, accuracy),
            *_told([record for _, record in mine]),
        ]
    parts.append(provenance([("conformance", results)]))
    return "\n".join(parts)


def form(record: VerdictRecord) -> str:
    """Name what a contender computes.

    Examples
    --------
    >>> form({"verdict": "conforms", "variant": None})
    "the article's form"
    >>> form({"verdict": "deviates", "variant": None})
    'none that is known'
    """
    if record["variant"]:
        return str(record["variant"])
    return CANONICAL if record["verdict"] in ("conforms", "inaccurate") else "none that is known"


def _glance(records: Sequence[VerdictRecord]) -> str:
    rows = []
    for formula in in_order(record["formula"] for record in records):
        following: dict[str, dict[str, list[str]]] = {}
        for record in records:
            if record["formula"] == formula:
                by_name = following.setdefault(form(record), {})
                by_name.setdefault(record["implementation"], []).append(record["dtype"])
        dtypes: set[str] = {record["dtype"] for record in records}
        told = [
            f"**{escape(name)}**: {', '.join(_who(who, its, dtypes) for who, its in by.items())}"
            for name, by in sorted(following.items(), key=lambda item: item[0] != CANONICAL)
        ]
        rows.append([escape(formula), str(len(following)), "<br>".join(told)])
    return table(["formula", "forms met", "who follows which"], rows, align=":--")


def _who(name: str, its: Sequence[str], dtypes: set[str]) -> str:
    only = "" if set(its) == dtypes else f" ({', '.join(its)} only)"
    return escape(shorten(name)) + only


def _rows(records: Sequence[tuple[int, VerdictRecord]], accuracy: Accuracy) -> str:
    head = [
        "contender",
        "dtype",
        "verdict",
        "form",
        "distance",
        "margin",
        "next best",
        "ulp",
        "99 %",
        "worst",
        "line",
    ]
    return table(
        head,
        [
            [
                escape(shorten(record["implementation"])),
                record["dtype"],
                f"{SIGNS.get(record['verdict'], '?')} {escape(record['verdict'])}",
                escape(shorten(form(record))),
                _number(record.get("distance")),
                _margin(record.get("margin")),
                _next_best(record),
                _number(record["ulp"]),
                *_accuracy(record, accuracy),
                str(line),
            ]
            for line, record in records
        ],
        align=":--",
    )


def _accuracy(record: VerdictRecord, accuracy: Accuracy) -> list[str]:
    found = accuracy.get((record["implementation"], record["formula"], record["dtype"]))
    return [_number(found["p99"]), _number(found["worst"])] if found else ["", ""]


def _margin(value: Any) -> str:
    return "> 10⁴" if _is_far(value) else _number(value)


def _next_best(record: VerdictRecord) -> str:
    # A form that far off was not followed to its last case: which is nearest is not known.
    return "" if _is_far(record.get("margin")) else escape(shorten(record.get("runner_up") or ""))


def _is_far(margin: Any) -> bool:
    return margin is not None and float(margin) >= FAR


def _number(value: Any) -> str:
    return "" if value is None else f"{float(value):.3g}"


def _told(records: Sequence[VerdictRecord]) -> list[str]:
    """Argue each form that is not the article's once, by the first contender that follows it."""
    met: dict[str, VerdictRecord] = {}
    for record in records:
        if record["verdict"] != "conforms":
            met.setdefault(f"{form(record)} {record['verdict']}", record)
    parts = []
    for record in met.values():
        parts.append(
            f"**{escape(form(record))}**, {escape(record['verdict'])} "
            f"({escape(shorten(record['implementation']))}, {record['dtype']}): "
            f"{escape(record['detail'])}\n"
        )
        if record.get("reproduce"):
            parts.append(code(record["reproduce"]) + "\n")
    return parts

"""The mutants' page: what the judges made of what is wrong on purpose, and of what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from gradmark.harness.records import MutantRecord
from gradmark.harness.results import Results
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings

ORIGINS = {
    "catalogue": (
        "Every known form of every formula, run as a contender's live code. A documented "
        "convention and a mistake must be called by their names."
    ),
    "composed": (
        "A sample of documented conventions with a mistake inside, live. Both must be named, or "
        "what no input tells from them."
    ),
    "planted": "Mistakes that are no formula, written by hand; each file states its verdict.",
    "generated": (
        "The reference with one small edit: an operator, a constant, an index, an axis, a function "
        "for its neighbour, a statement left out. What the judge does not see, the properties of "
        "the formula are tried on."
    ),
    "correct": (
        "Right code, rearranged, fused, looped, with more digits or with float32 alone. Any "
        "objection to it is a false alarm."
    ),
}
OUTCOMES = ("named", "caught", "equivalent", "survived", "conforms", "false alarm")
LEGEND = (
    "**named**: called by its name · **caught**: refused, without its name · **equivalent**: "
    "nothing that the contract asks for tells it from what is right, for the reason given · "
    "**survived**: it should have been caught, or was misnamed · **conforms**: right, and found "
    "right · **false alarm**: right, and accused"
)


def page(results: Results, figures: Path) -> str:
    """Write the page; it has no picture."""
    del figures
    records = results.of(MutantRecord)
    parts = ["# Mutants\n", *(f"> {warning}\n" for warning in warnings("mutants", results))]
    parts += [_verdict(records) + "\n", _by_origin(records), LEGEND + "\n"]
    parts += ["## Formula by formula\n", _by_formula(records)]
    for outcome, title in (
        ("survived", "Survivors"),
        ("false alarm", "False alarms"),
        ("equivalent", "Equivalent, and why"),
    ):
        mine = [record for record in records if record["outcome"] == outcome]
        parts += [f"## {title}\n", *(_reasons(mine) or ["None.\n"])]
    parts += ["## Where this comes from\n", provenance([("mutants", results)])]
    return "\n".join(parts)


def _verdict(records: Sequence[MutantRecord]) -> str:
    count: Counter[str] = Counter(record["outcome"] for record in records)
    wrong = sum(count[outcome] for outcome in ("named", "caught", "survived"))
    right = count["conforms"] + count["false alarm"]
    return (
        f"Of {wrong} that are wrong, {wrong - count['survived']} were caught, {count['named']} of "
        f"them by name; {count['survived']} survived. Of {right} that are right, "
        f"{count['false alarm']} were accused."
    )


def _by_origin(records: Sequence[MutantRecord]) -> str:
    rows = []
    for origin, says in ORIGINS.items():
        mine = [record for record in records if record["origin"] == origin]
        rows.append([f"**{origin}**", *_cells(mine), says])
    return table(["origin", "tried", *OUTCOMES, "what they are"], rows)


def _by_formula(records: Sequence[MutantRecord]) -> str:
    rows = []
    for formula in in_order(record["formula"] for record in records):
        mine = [record for record in records if record["formula"] == formula]
        rows.append([escape(formula), *_cells(mine)])
    return table(["formula", "tried", *OUTCOMES], rows)


def _cells(records: Sequence[MutantRecord]) -> list[str]:
    count: Counter[str] = Counter(record["outcome"] for record in records)
    return [str(len(records)), *(str(count[outcome] or "") for outcome in OUTCOMES)]


def _reasons(records: Sequence[MutantRecord]) -> list[str]:
    """Put what has one reason under it."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for record in records:
        alike = reasons.setdefault(record["detail"], {})
        alike.setdefault(record["name"], []).append(record["dtype"])
    return [line for reason, alike in reasons.items() for line in _reason(reason, alike)]


def _reason(reason: str, alike: dict[str, list[str]]) -> Iterator[str]:
    yield f"{escape(reason)}\n"
    for name, dtypes in alike.items():
        yield f"- {escape(name)} ({', '.join(dtypes)})"
    yield ""

"""The verdicts in the terminal: what is not simply right comes with its reason and its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradmark.harness.verdicts import SIGNS

Record = Mapping[str, Any]


def lines(records: Iterable[Record]) -> Iterator[str]:
    """Spell one contender's verdict records, formula by formula in the order given."""
    by_formula: dict[str, dict[str, Record]] = {}
    counts: dict[str, Counter[str]] = {}
    for record in records:
        by_formula.setdefault(record["formula"], {})[record["dtype"]] = record
        counts.setdefault(record["dtype"], Counter())[record["verdict"]] += 1
    for dtype, count in counts.items():
        told = "   ".join(f"{sign} {count[v]} {v}" for v, sign in SIGNS.items() if count[v])
        yield f"{dtype}: {told}"
    for formula, by_dtype in by_formula.items():
        for dtypes, record in _alike(by_dtype):
            if record["verdict"] not in ("conforms", "absent"):
                yield from _explained(formula, dtypes, record)
    absent = [f for f, r in by_formula.items() if all(v["verdict"] == "absent" for v in r.values())]
    if absent:
        yield f"  absent: {', '.join(absent)}"


def _alike(by_dtype: Mapping[str, Record]) -> Iterator[tuple[str, Record]]:
    """Say once what holds in both dtypes."""
    groups: dict[tuple[str, str | None], list[Record]] = {}
    for record in by_dtype.values():
        groups.setdefault((record["verdict"], record["variant"]), []).append(record)
    for group in groups.values():
        yield ", ".join(record["dtype"] for record in group), group[0]


def _explained(formula: str, dtypes: str, record: Record) -> Iterator[str]:
    variant = f" ({record['variant']})" if record["variant"] else ""
    yield f"  {SIGNS[record['verdict']]} {formula}: {record['verdict']}{variant}, {dtypes}"
    yield f"      {record['detail']}"
    if "reproduce" in record and record["verdict"] != "dialect":
        yield f"      $ {record['reproduce']}"

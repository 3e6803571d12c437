"""Verdicts in a few blocks: the result first, a table, then what is not simply right and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from gradmark.harness.records import VerdictRecord
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.blocks import Block, Code, Fold, Heading, Table, Text
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, shorten

Record = TypeVar("Record", bound=Mapping[str, Any])
WIDE = 12  # contenders that fit beside each other
WRONG = ("deviates", "error", "crash", "timeout")
UNTOLD = ("conforms", "absent")


def summary(records: Sequence[VerdictRecord], failures: Sequence[VerdictRecord]) -> list[Block]:
    """Sum up verdicts for a pull request; `failures` are those that make the run fail."""
    judged = [record for record in records if record["verdict"] != "absent"]
    wrong = (
        f"✗ {len(failures)} of {len(judged)} verdicts fail" if failures else "✓ nothing is wrong"
    )
    blocks: list[Block] = [Heading(f"gradmark: {wrong}"), Text(counted(records))]
    if judged:
        blocks += [*_tables(judged), *_reasons(judged, failures)]
    absent = [record["formula"] for record in records if record["verdict"] == "absent"]
    missing = [f for f in in_order(absent) if f not in {record["formula"] for record in judged}]
    if missing:
        blocks.append(Text(f"Absent everywhere: {', '.join(map(escape, missing))}."))
    return blocks


def alike(
    records: Iterable[Record], also: Callable[[Record], Any] = lambda _: None
) -> list[list[Record]]:
    """Group what is told once: one verdict in several dtypes, an import that fails everything.

    `also` gives what else they must share.
    """
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        about = record["detail"] if record.get("unasked") else record["formula"]
        key = (record["implementation"], about, record["verdict"], record["variant"])
        groups.setdefault((*key, also(record)), []).append(record)
    return list(groups.values())


def once(records: Iterable[Record]) -> list[Record]:
    """Keep one verdict of those that say that nothing was asked, since an import failed.

    Examples
    --------
    >>> died = {"implementation": "mine", "detail": "no import", "unasked": True}
    >>> len(once([died, dict(died), {"implementation": "mine", "detail": "no import"}]))
    2
    """
    kept: dict[Any, Record] = {}
    for at, record in enumerate(records):
        unasked = record.get("unasked")
        kept.setdefault((record["implementation"], record["detail"]) if unasked else at, record)
    return list(kept.values())


def worth_a_line(records: Sequence[Record]) -> list[Record]:
    """Leave out, of imports that failed, the formulas that nobody else has; unless nobody has any.

    Examples
    --------
    >>> died = {"formula": "relu", "verdict": "error", "unasked": True}
    >>> len(worth_a_line([died])), worth_a_line([died, {"formula": "Adam", "verdict": "conforms"}])
    (1, [{'formula': 'Adam', 'verdict': 'conforms'}])
    """
    asked = {r["formula"] for r in records if r["verdict"] != "absent" and not r.get("unasked")}
    return [r for r in records if not (r.get("unasked") and asked) or r["formula"] in asked]


def counted(records: Iterable[VerdictRecord]) -> str:
    """Count verdicts in a line.

    Examples
    --------
    >>> counted([{"verdict": "conforms"}, {"verdict": "conforms"}])
    '✓ 2 conforms'
    """
    tally: Counter[str] = Counter(record["verdict"] for record in records)
    return " · ".join(f"{sign} {tally[word]} {word}" for word, sign in SIGNS.items() if tally[word])


def _tables(records: Sequence[VerdictRecord]) -> Iterator[Block]:
    """Set contenders beside each other, as many as fit; a formula that none has is left out."""
    names = list(dict.fromkeys(record["implementation"] for record in records))
    for start in range(0, len(names), WIDE):
        mine = names[start : start + WIDE]
        told = [record for record in records if record["implementation"] in mine]
        cells: dict[tuple[str, str], list[VerdictRecord]] = {}
        for record in told:
            cells.setdefault((record["formula"], record["implementation"]), []).append(record)
        rows = [
            [escape(formula), *(_cell(cells.get((formula, name), ())) for name in mine)]
            for formula in in_order(record["formula"] for record in told)
        ]
        yield Table(["", *(escape(shorten(name, 30)) for name in mine)], rows)


def _cell(records: Sequence[VerdictRecord]) -> str:
    """Say once what holds in all dtypes."""
    by_verdict: dict[str, list[str]] = {}
    for record in records:
        told = f"{SIGNS[record['verdict']]} {record['variant'] or record['verdict']}"
        by_verdict.setdefault(escape(told), []).append(record["dtype"])
    if len(by_verdict) == 1:
        return next(iter(by_verdict))
    return "<br>".join(f"{told} ({', '.join(dtypes)})" for told, dtypes in by_verdict.items())


def _reasons(
    records: Sequence[VerdictRecord], failures: Sequence[VerdictRecord]
) -> Iterator[Block]:
    """Give a reason for each verdict that fails or is not plainly right, once for alike ones."""
    failing = {id(record) for record in failures}
    told = [r for r in records if r["verdict"] not in UNTOLD or id(r) in failing]
    for group in sorted(alike(told), key=lambda group: id(group[0]) not in failing):
        yield from _reason(group)


def _reason(group: Sequence[VerdictRecord]) -> Iterator[Block]:
    first = group[0]
    formulas, dtypes = (dict.fromkeys(r[part] for r in group) for part in ("formula", "dtype"))
    about = escape(first["formula"]) if len(formulas) == 1 else f"all {len(formulas)} formulas"
    named = f" ({escape(first['variant'])})" if first["variant"] else ""
    place = f"{first['file']}:{first['line']}" if "file" in first and "line" in first else ""
    where = f", `{place}`" if place and "`" not in place and place.isprintable() else ""
    yield Text(
        f"{SIGNS[first['verdict']]} **{escape(shorten(first['implementation']))}, "
        f"{about}**: {first['verdict']}{named}, {', '.join(dtypes)}{where}  \n"
        f"{escape(first['detail'])}"
    )
    if "reproduce" in first:
        yield Fold("See it again", [Code(first["reproduce"])])

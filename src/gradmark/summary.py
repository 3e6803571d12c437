"""The verdicts in the terminal: what is not simply right comes with its reason and its evidence."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradmark.harness.verdicts import SIGNS

Record = Mapping[str, Any]

FEW = 8  # names of what is absent that are worth a reader's time


def lines(records: Iterable[Record]) -> Iterator[str]:
    """Spell one contender's verdict records, formula by formula in the order given."""
    records = list(records)
    counts: dict[str, Counter[str]] = {}
    for record in records:
        if not record.get("unasked"):
            counts.setdefault(record["dtype"], Counter())[record["verdict"]] += 1
    for dtype, count in counts.items():
        told = "   ".join(f"{sign} {count[v]} {v}" for v, sign in SIGNS.items() if count[v])
        yield f"{dtype}: {told}"
    yield from bindings(records)
    yield from reasons(records)
    by_formula = _by_formula(records)
    absent = [f for f, r in by_formula.items() if all(v["verdict"] == "absent" for v in r.values())]
    if absent:
        others = f"{len(absent)} other formulas (gradmark list names them)"
        yield f"  absent: {', '.join(absent) if len(absent) <= FEW else others}"


def bindings(records: Iterable[Record]) -> Iterator[str]:
    """Spell how each formula was called, where that is not as the contract says.

    Examples
    --------
    >>> list(bindings([{"binding": "Adam ← MyAdam.update(w, g)"}, {}]))
    ['  Adam ← MyAdam.update(w, g)']
    """
    told = dict.fromkeys(
        (record["binding"], ", ".join(record.get("not_asked", ())))
        for record in records
        if "binding" in record
    )
    for binding, lacks in told:
        yield f"  {binding}" + (f"; not asked: {lacks}" if lacks else "")


def reasons(records: Iterable[Record]) -> Iterator[str]:
    """Spell what is not simply right, once where it holds in several dtypes.

    What fails before any formula is asked, an import, is told once for all of them.
    """
    asked, unasked = list[Record](), dict[str, list[Record]]()
    for record in records:
        if record.get("unasked"):
            unasked.setdefault(record["detail"], []).append(record)
        else:
            asked.append(record)
    for alike in unasked.values():
        yield from explained("nothing was judged", "", alike[0])
    for formula, by_dtype in _by_formula(asked).items():
        for dtypes, record in _alike(by_dtype):
            if record["verdict"] not in ("conforms", "absent"):
                yield from explained(formula, dtypes, record)


def _by_formula(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    """Put together what is about one formula; of several names that may be it, about each."""
    records = list(records)
    names: dict[str, set[str]] = {}
    for record in records:
        names.setdefault(record["formula"], set()).add(record.get("implementation", ""))
    found: dict[str, dict[str, Record]] = {}
    for record in records:
        formula = record["formula"]
        if len(names[formula]) > 1:
            formula = f"{formula} of {record['implementation']}"
        found.setdefault(formula, {})[record["dtype"]] = record
    return found


def _alike(by_dtype: Mapping[str, Record]) -> Iterator[tuple[str, Record]]:
    """Say once what holds in both dtypes."""
    groups: dict[tuple[str, str | None], list[Record]] = {}
    for record in by_dtype.values():
        groups.setdefault((record["verdict"], record["variant"]), []).append(record)
    for group in groups.values():
        yield ", ".join(record["dtype"] for record in group), group[0]


def explained(formula: str, dtypes: str, record: Record) -> Iterator[str]:
    """Spell one verdict: what it is, why, and what shows it again."""
    variant = f" ({record['variant']})" if record["variant"] else ""
    in_dtypes = f", {dtypes}" if dtypes else ""
    yield f"  {SIGNS[record['verdict']]} {formula}: {record['verdict']}{variant}{in_dtypes}"
    yield f"      {record['detail']}"
    if "defaults" in record:
        told = (defaults_told(name, its) for name, its in record["defaults"].items())
        yield f"      Defaults: {'; '.join(told)}"
    yield from (f"      {line}" for line in record.get("declare", "").splitlines())
    for left in ("traceback", "output"):
        yield from (f"      | {line}" for line in record.get(left, "").splitlines())
    if "reproduce" in record and record["verdict"] != "dialect":
        # What was typed into an interpreter can be shown again only there.
        is_python = record["reproduce"].startswith(("from ", "import "))
        prompt = ">>>" if is_python else "$"
        yield f"      {prompt} {record['reproduce']}"


def defaults_told(name: str, values: Mapping[str, float]) -> str:
    """Spell a default beside those of libraries.

    Examples
    --------
    >>> defaults_told("beta", {"here": 0.9, "PyTorch": 0.99, "Keras": 0.9, "Optax": 0.9})
    'beta = 0.9 (as Keras, Optax; PyTorch 0.99)'
    """
    here, *others = values.values()
    names = list(values)[1:]
    alike = [n for n, value in zip(names, others, strict=True) if value == here]
    rest = [f"{n} {value:g}" for n, value in zip(names, others, strict=True) if value != here]
    beside = "; ".join(filter(None, (f"as {', '.join(alike)}" if alike else "", ", ".join(rest))))
    return f"{name} = {here:g} ({beside})"


def spelled(record: Record) -> str:
    """Spell a verdict that stands alone, in lines without the table's indentation."""
    told = "\n".join(explained(record["formula"], record["dtype"], record))
    return textwrap.dedent(told).rstrip()

"""The verdicts in the terminal: what is not simply right comes with its reason and its evidence."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradmark.harness.verdicts import DEFINITIONS_ALONE, SIGNS

Record = Mapping[str, Any]
ABSENT = "absent"
MISSING = "raised NameError"
CONVENTION = "A documented convention, not the formula that was asked for: "
FEW = 8  # names of what is absent that are worth a reader's time


def lines(
    records: Iterable[Record], surroundings: str = "", *, advised: bool = False
) -> Iterator[str]:
    """Spell one contender's verdict records, formula by formula in the order given.

    Parameters
    ----------
    records : iterable of mapping
        The verdicts.
    surroundings : str
        Options that the contender needs on a command line.
    advised : bool
        Whether the line to change has been looked for.
    """
    records = list(records)
    counts: dict[str, Counter[str]] = {}
    for record in records:
        if not record.get("unasked"):
            counts.setdefault(record["dtype"], Counter())[record["verdict"]] += 1
    for dtype, count in counts.items():
        told = [f"{sign} {count[v]} {v}" for v, sign in SIGNS.items() if count[v] and v != ABSENT]
        if told:
            yield f"{dtype}: {'   '.join(told)}"
    yield from bindings(records)
    yield from reasons(records)
    by_formula = _by_formula(records)
    absent = [f for f, r in by_formula.items() if all(v["verdict"] == ABSENT for v in r.values())]
    if absent:
        others = "all" if len(absent) == len(by_formula) else "all other"
        many = f"{others} formulas (gradmark list names them)"
        yield f"  absent: {', '.join(absent) if len(absent) <= FEW else many}"
    files = [r["file"] for r in records if r["verdict"] == "deviates" and "file" in r]
    if files and files[0].endswith((".py", ".ipynb")) and not advised:
        its = shlex.quote(files[0]) + surroundings
        yield f"  which line to change: gradmark check {its} --advise"


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

    What fails before any formula is asked, an import, is told once for all of them; so is a name
    that is missing later because the import failed.
    """
    asked, unasked = list[Record](), dict[str, list[Record]]()
    missed = dict[str, list[Record]]()
    for record in records:
        first, loaded, why = record["detail"].partition(DEFINITIONS_ALONE)
        if record.get("unasked"):
            unasked.setdefault(record["detail"], []).append(record)
        elif record["verdict"] == "unbound" and first.startswith(MISSING) and loaded:
            missed.setdefault(why, []).append(record)
        else:
            asked.append(record)
    for alike in unasked.values():
        yield from explained("nothing was judged", "", alike[0])
    for alike in missed.values():
        yield from explained(_listed(alike, "formula"), _listed(alike, "dtype"), alike[0])
    for formula, by_dtype in _by_formula(asked).items():
        for dtypes, record in _alike(by_dtype):
            if record["verdict"] not in ("conforms", ABSENT):
                yield from explained(formula, dtypes, record)


def _listed(records: Iterable[Record], key: str) -> str:
    return ", ".join(dict.fromkeys(record[key] for record in records))


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
    yield f"      {CONVENTION if record['verdict'] == 'dialect' else ''}{record['detail']}"
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
    if "advice" in record:
        yield from (f"      {line}" for line in advice(record["advice"], record.get("file", "")))


def defaults_told(name: str, values: Mapping[str, float]) -> str:
    """Spell a default beside those of libraries.

    Examples
    --------
    >>> defaults_told("beta", {"PyTorch": 0.99, "Keras": 0.9, "here": 0.9, "Optax": 0.9})
    'beta = 0.9 (as Keras, Optax; PyTorch 0.99)'
    """
    here = values["here"]
    others = sorted((name, value) for name, value in values.items() if name != "here")
    alike = [name for name, value in others if value == here]
    rest = [f"{name} {value:g}" for name, value in others if value != here]
    beside = "; ".join(filter(None, (f"as {', '.join(alike)}" if alike else "", ", ".join(rest))))
    return f"{name} = {here:g} ({beside})"


def advice(told: Mapping[str, Any], file: str) -> Iterator[str]:
    """Spell what to do about a verdict.

    Examples
    --------
    >>> for line in advice({"edit": {"line": 8, "before": "t = 1", "after": "t = 0"}}, "my.py"):
    ...     print(line)
    change my.py, line 8; then a copy is right:
      - t = 1
      + t = 0
    """
    if "edit" in told:
        yield from edit(told["edit"], file)
    if "tried" in told:
        yield f"no change of one line makes it right, of {told['tried']} that were tried"
    rows = told.get("steps", ())
    if rows:
        yield f"from the first wrong step of {told['case']} on:"
        columns = ("step", "variable", "expected", "got")
        table = [columns, *([str(row[name]) for name in columns] for row in rows)]
        widths = [max(len(row[at]) for row in table) for at in range(len(columns))]
        for row in table:
            yield (
                "  "
                + "  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
            )
    if "training" in told:
        yield f"in training: {told['training']['says']}"
    if told.get("links"):
        yield f"read more: {' '.join(told['links'])}"


def edit(change: Mapping[str, Any], file: str) -> Iterator[str]:
    """Spell the change of a line that makes a file right."""
    its = file or "the file"
    if "cell" in change:
        its = f"{file or 'the notebook'}, cell {change['cell']}"
    where, what = f"{its}, line {change['line']}", "is right"
    if "follows" in change:
        what = f"follows another documented form: {change['follows']}"
    if change.get("above") and not change["before"]:
        yield f"insert in {its} above line {change['above']}; then a copy {what}:"
    elif change.get("above"):
        yield f"move {where}, above line {change['above']}; then a copy {what}:"
    else:
        yield f"change {where}; then a copy {what}:"
    if change["before"]:
        yield f"  - {change['before']}"
    if not change.get("above") or not change["before"]:
        yield f"  + {change['after']}"


def spelled(record: Record) -> str:
    """Spell a verdict that stands alone, in lines without the table's indentation."""
    told = "\n".join(explained(record["formula"], record["dtype"], record))
    return textwrap.dedent(told).rstrip()

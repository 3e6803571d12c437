"""Who computes what: one row a formula, one column a library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradmark.harness.records import VerdictRecord
from gradmark.harness.results import Results
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings

Cells = Mapping[tuple[str, str], Sequence[VerdictRecord]]  # by formula and library
ABOUT = (
    "The same name, from library to library: which form of a formula each of them computes, as "
    "judged against 50-digit arithmetic, in float64 and float32. A sign alone is the canonical "
    "form; a name is that of a dialect or of what is wrong, and `gradmark explain NAME` tells what "
    "it is. Behind it stand the constant that was found in it, the worst error in units in the "
    "last place, and what differs in float32. An empty cell is a formula that the library does "
    "not have, or that gradmark does not find there. A formula that gradmark has learned since a "
    "library was judged is not in its column; the last table says what each was judged with."
)


def page(results: Results) -> str:
    """Write the page."""
    libraries: Mapping[str, Sequence[str]] = results.header["libraries"]
    cells = _cells(results.of(VerdictRecord), libraries)
    formulas = in_order({formula for formula, _ in cells})
    count = sum(len(records) for records in cells.values())
    parts = ["# Who computes what\n"]
    parts += [f"> {warning}\n" for warning in warnings("conformance", results)]
    parts += [ABOUT + "\n"]
    parts += [f"{count} verdicts on {len(formulas)} formulas of {len(libraries)} libraries.\n"]
    rows = [
        [f"`{formula}`", *(_cell(cells.get((formula, library), ())) for library in libraries)]
        for formula in formulas
    ]
    parts.append(table(["formula", *map(escape, libraries)], rows))
    parts += ["## What the optimizers take where nothing is said\n", _defaults(cells, libraries)]
    parts += ["## How each was called\n", *_calls(cells, libraries)]
    parts += ["## What is wrong or inaccurate\n", *_wrong(cells)]
    parts += ["## What each was judged with\n", _judged_with(results.header["judged"])]
    parts.append(provenance([("conformance", results)]))
    return "\n".join(parts)


def _cells(records: Iterable[VerdictRecord], libraries: Mapping[str, Sequence[str]]) -> Cells:
    owner = {module: library for library, modules in libraries.items() for module in modules}
    found: dict[tuple[str, str], list[VerdictRecord]] = {}
    for record in records:
        name = record["implementation"]  # of older files, it alone tells the library
        library = record.get("library") or owner.get(name) or owner[name.rpartition(":")[0]]
        found.setdefault((record["formula"], library), []).append(record)
    return found


def _cell(records: Sequence[VerdictRecord]) -> str:
    """Say what one library computes, contender by contender, and dtype by dtype."""
    told: dict[str, list[VerdictRecord]] = {}
    for record in records:
        told.setdefault(record["implementation"], []).append(record)
    cells = []
    for contender, its in told.items():
        own = contender.rpartition(":")[2] if len(told) > 1 and ":" in contender else ""
        forms = list(dict.fromkeys(map(form_of, its)))
        if len(forms) > 1:
            forms = [f"{form_of(each)} ({each['dtype']})" for each in its]
        cells.append(" ".join(filter(None, (own, ", ".join(forms)))))
    return "; ".join(cells)


def form_of(record: VerdictRecord) -> str:
    """Say in a few signs what was computed."""
    verdict, variant = record["verdict"], record["variant"]
    said = SIGNS[verdict]
    if variant:
        said += f" `{variant}`"
    elif verdict not in ("conforms", "inaccurate"):
        said += f" {verdict}"
    if "constant" in record:
        said += f" {record['constant']:g}"
    return f"{said}, {_ulp(record)} ulp" if verdict == "inaccurate" else said


def _ulp(record: VerdictRecord) -> str:
    ulp: Any = record["ulp"]
    return f"{ulp:.2g}" if isinstance(ulp, float | int) else "∞"


def _defaults(cells: Cells, libraries: Mapping[str, Sequence[str]]) -> str:
    rows = []
    for (formula, library), records in cells.items():
        its: Any = dict(records[0]).get("defaults") or {}
        if its:
            said = ", ".join(f"{name} {value['here']:g}" for name, value in its.items())
            rows.append([f"`{formula}`", escape(library), said])
    rows.sort(key=lambda row: (row[0], list(map(escape, libraries)).index(row[1])))
    return table(["formula", "library", "defaults"], rows) if rows else "None was found.\n"


def _judged_with(judged: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [escape(library), str(its["catalogue"]), str(its["commit"] or "unknown")]
        for library, its in judged.items()
    ]
    return table(["library", "catalogue", "commit"], rows)


def _calls(cells: Cells, libraries: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for library in libraries:
        said = {
            str(record["binding"])
            for (_, its), records in cells.items()
            if its == library
            for record in records
            if "binding" in record
        }
        if said:
            yield f"### {escape(library)}\n"
            yield "".join(f"- {escape(each)}\n" for each in sorted(said))


def _wrong(cells: Cells) -> Iterable[str]:
    bad = ("deviates", "inaccurate", "error", "crash", "timeout", "unbound")
    for (formula, library), records in cells.items():
        for record in records:
            if record["verdict"] in bad:
                head = f"{formula}, {library}, {record['dtype']}: {form_of(record)}"
                yield f"- **{escape(head)}** {escape(record['detail'])}\n"

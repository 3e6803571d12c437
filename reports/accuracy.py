"""The section on accuracy: how far each formula errs, beside what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gradmark.harness.records import AccuracyRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.reports.figures.accuracy import draw
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import code, escape, shorten, table
from gradmark.reports.style import save

FIGURE = "accuracy.png"
ABOUT = (
    "Errors in units of the last place (ulp), against the form that each formula was judged to "
    "follow, at 50 digits. *worst* is the largest that was found: on a grid of magnitudes and of "
    "what is special about a formula (kinks, saturation, 0 and 1, nearly equal numbers), in the "
    "questions of the verdict, runs of 1100 steps excepted, and by a seeded climb from the worst "
    "of the grid. *p99* is the error that 99 % of the grid's values do not exceed. *allowed* is "
    "the bound of the verdicts at the very point of the worst: large where the formula itself is "
    "ill-conditioned there."
)
Key = tuple[str, str, str]


def section(results: Results, figures: Path) -> Iterator[str]:
    """Write the section, and its picture into `figures`; nothing where nothing was measured."""
    records, verdicts = results.of(AccuracyRecord), results.of(VerdictRecord)
    if not records:
        return
    save(draw(records, verdicts, results.header), figures / FIGURE)
    yield f"## Accuracy\n\n![The worst error of each formula](figures/{FIGURE})\n"
    yield ABOUT + "\n"
    for name in dict.fromkeys(record["implementation"] for record in records):
        mine = {_key(r): r for r in verdicts if r["implementation"] == name}
        found = {_key(r): r for r in records if r["implementation"] == name}
        yield f"### {escape(shorten(name))}\n\n{_table(found, mine)}"
        yield from _beyond(list(found.values()))


def _key(record: AccuracyRecord | VerdictRecord) -> Key:
    return record["implementation"], record["formula"], record["dtype"]


def _table(found: Mapping[Key, AccuracyRecord], verdicts: Mapping[Key, VerdictRecord]) -> str:
    everything = [*verdicts, *found]
    dtypes = list(dict.fromkeys(dtype for _, _, dtype in everything))
    name = everything[0][0]
    head = ["formula"]
    for dtype in dtypes:
        head += [f"{dtype}: worst", "p99", "allowed"]
    rows = []
    there = [key for key in everything if key in found or verdicts[key]["verdict"] != "absent"]
    for formula in in_order(formula for _, formula, _ in there):
        row = [escape(shorten(formula))]
        for dtype in dtypes:
            row += _cells(found.get((name, formula, dtype)), verdicts.get((name, formula, dtype)))
        rows.append(row)
    return table(head, rows)


def _cells(record: AccuracyRecord | None, verdict: VerdictRecord | None) -> list[str]:
    if record is None:
        return [escape(verdict["verdict"]) if verdict else "not judged", "", ""]
    worst, bound = float(record["worst"]), float(record["bound"])
    told = f"**{_number(worst)}**" if worst > bound else _number(worst)
    return [told, _number(float(record["p99"])), _number(bound)]


def _number(ulps: float) -> str:
    """Spell an error: less than a thousandth is as good as none."""
    return "0" if ulps < 1e-3 else f"{ulps:.3g}"


def _beyond(records: Sequence[AccuracyRecord]) -> Iterator[str]:
    """Show the points where more was lost than is allowed."""
    for record in records:
        if float(record["worst"]) > float(record["bound"]):
            about = f"{escape(record['formula'])}, {record['dtype']}"
            yield f"Beyond what is allowed, {about}:\n\n{code(shorten(record['at'], 400))}\n"

"""The conformance page: what each contender computes, and what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import PropertyRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.accuracy import section as accuracy
from gradmark.reports.figures.conformance_matrix import draw
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import code, escape, shorten, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.style import save
from gradmark.reports.verdicts import once, worth_a_line

OUTCOMES = {"passed": "✓", "failed": "✗", "convention": "~", "absent": "–", "moot": "·"}
UNTRIED = {"absent", "moot"}
# Of a property tried with several arguments the table shows what matters most.
GRAVITY = ("failed", "moot", "convention", "passed", "absent")
FAR = 1e4  # where the judge stops counting a margin
FIGURE = "conformance_matrix.png"
MOST = 8  # contenders beside one another: more do not fit on a page

LEGEND = (
    "**✓** conforms: the article's formula, within the error that the arithmetic itself "
    "explains · **~** dialect: another documented convention, named · **≈** inaccurate: the "
    "right formula, computed worse than its dtype explains · **✗** deviates: something else · "
    "**!** error, crash or timeout · **?** unbound: how to call it is not certain · **–** absent: "
    "not provided"
)
TOLERANCES = (
    "An answer passes while |got − truth| ≤ factor · u · error: truth is the formula at 50 digits "
    "for that very input, u the roundoff of the dtype, and error the running bound of the "
    "computation there, condition number and operation count included. *ulp* is the largest "
    "error met, in units of the last place, scaled by the largest magnitude met on the way where "
    "a value crosses zero. *margin* is the error of the nearest other known form over what is "
    "allowed, counted up to 10 000: below 1, no input tells the two forms apart. Factors and "
    "their reasons: `conformance/judging/tolerances.py`."
)


def page(results: Results, figures: Path) -> str:
    """Write the page, and its picture into `figures`."""
    verdicts = worth_a_line(results.of(VerdictRecord))
    properties = results.of(PropertyRecord)
    names = list(dict.fromkeys(record["implementation"] for record in verdicts))
    parts = ["# Conformance\n", *(f"> {warning}\n" for warning in warnings("conformance", results))]
    if verdicts:
        save(draw(verdicts, results.header), figures / FIGURE)
        parts += [f"![Contenders by formulas](figures/{FIGURE})\n", LEGEND + "\n", counts(results)]
    else:
        parts.append("No verdict was reached.\n")
    for name in names:
        mine = [record for record in verdicts if record["implementation"] == name]
        parts += [f"## {escape(name)}\n", _verdict_table(mine), *_evidence(mine)]
    parts += accuracy(results, figures)
    if properties:
        parts += ["## Properties\n", _property_table(properties), *_broken(properties)]
    parts += ["## How it was judged\n", TOLERANCES + "\n", provenance([("conformance", results)])]
    return "\n".join(parts)


def counts(results: Results) -> str:
    """Count the verdicts of each contender, in a table."""
    tally: dict[tuple[str, str], Counter[str]] = {}
    for record in once(results.of(VerdictRecord)):
        key = (record["implementation"], record["dtype"])
        tally.setdefault(key, Counter())[record["verdict"]] += 1
    head = ["contender", "dtype", *(f"{sign} {name}" for name, sign in SIGNS.items())]
    rows = [
        [_name(name), dtype, *(str(count[verdict] or "") for verdict in SIGNS)]
        for (name, dtype), count in tally.items()
    ]
    return table(head, rows)


def _name(text: str) -> str:
    return escape(shorten(text))


def _verdict_table(records: Sequence[VerdictRecord]) -> str:
    cells = {(record["formula"], record["dtype"]): record for record in records}
    # What is absent everywhere is told in one line below.
    formulas = in_order(r["formula"] for r in records if r["verdict"] != "absent")
    dtypes = list(dict.fromkeys(record["dtype"] for record in records))
    head = ["formula", *(part for dtype in dtypes for part in (dtype, "ulp", "margin"))]
    rows = [
        [
            _name(formula),
            *(part for dtype in dtypes for part in _cells(cells.get((formula, dtype)))),
        ]
        for formula in formulas
    ]
    return table(head, rows)


def _cells(record: VerdictRecord | None) -> list[str]:
    if record is None:
        return ["not judged", "", ""]
    verdict = record["verdict"]
    told = f"{SIGNS.get(verdict, '?')} {escape(verdict)}"
    if record["variant"]:
        told += f": {_name(record['variant'])}"
    margin = record.get("margin")
    far = margin is not None and float(margin) >= FAR
    return [told, _number(record["ulp"]), "> 10⁴" if far else _number(margin)]


def _number(value: float | str | None) -> str:
    return "" if value is None else f"{float(value):.3g}"


def _evidence(records: Sequence[VerdictRecord]) -> Iterator[str]:
    """Explain everything that is there and not plainly right; once what holds in both dtypes."""
    told = ("formula", "verdict", "variant", "detail", "reproduce")
    alike: dict[tuple[Any, ...], list[str]] = {}
    for formula in in_order(record["formula"] for record in records):
        for record in records:
            if record["formula"] == formula and record["verdict"] not in ("conforms", "absent"):
                key = tuple(record.get(part) for part in told)
                alike.setdefault(key, []).append(record["dtype"])
    for (formula, verdict, variant, detail, line), dtypes in alike.items():
        named = f", {escape(variant)}" if variant else ""
        yield (
            f"**{escape(formula)}** ({', '.join(dtypes)}): {escape(verdict)}{named}. "
            f"{escape(detail)}\n"
        )
        if line:
            yield code(line) + "\n"
    absent: dict[str, list[str]] = {}
    for record in records:
        if record["verdict"] == "absent":
            absent.setdefault(record["formula"], []).append(record["dtype"])
    if absent:
        yield f"Absent ({len(absent)}): {', '.join(_name(formula) for formula in absent)}.\n"


def _property_table(records: Sequence[PropertyRecord]) -> str:
    worst: dict[tuple[str, str, str, str | None], str] = {}
    for record in records:
        key = (
            record["formula"],
            record["property"],
            record["implementation"],
            record["dtype"],
        )
        worst[key] = min(worst.get(key, "absent"), record["outcome"], key=GRAVITY.index)
    names = list(dict.fromkeys(key[2] for key in worst))
    dtypes = list(dict.fromkeys(key[3] for key in worst))
    rows: dict[str, list[str]] = {}
    for formula, sentence in dict.fromkeys(key[:2] for key in worst):
        rows.setdefault(formula, []).append(sentence)
    lines, nowhere = [], list[str]()
    for formula in in_order(rows):
        found = {worst[key] for key in worst if key[0] == formula}
        if found <= UNTRIED:
            nowhere.append(f"{_name(formula)} ({len(rows[formula])})")
            continue
        lines.append([f"**{_name(formula)}**", *[""] * len(names)])
        for sentence in rows[formula]:
            by_name = [[worst.get((formula, sentence, n, d)) for d in dtypes] for n in names]
            lines.append([escape(shorten(sentence, 120)), *map(_signs, by_name)])
    tally = Counter(worst.values())
    told = " · ".join(
        f"**{sign}** {name} {tally[name]}" for name, sign in OUTCOMES.items() if tally[name]
    )
    parts = [told + "\n"]
    for at in range(0, len(names), MOST):
        rows_here = [[line[0], *line[1 + at : 1 + at + MOST]] for line in lines]
        parts.append(table(["property", *map(_name, names[at : at + MOST])], rows_here))
    if nowhere:
        parts.append(f"Properties that were tried on nobody's code: {', '.join(nowhere)}.\n")
    parts.append(
        "**✓** holds · **✗** broken · **~** does not hold, but speaks of the canonical form: the "
        "contender follows another convention · **–** formula absent · **·** not tried, since the "
        "formula itself deviates, raised, crashed or timed out. Signs that differ between dtypes "
        f"stand in the order {', '.join(map(str, dtypes))}.\n"
    )
    return "\n".join(parts)


def _signs(outcomes: Sequence[str | None]) -> str:
    """Write one sign where all dtypes agree, and else one for each."""
    signs = [OUTCOMES[outcome] if outcome else "" for outcome in outcomes]
    return signs[0] if len(set(signs)) == 1 else " ".join(sign or "·" for sign in signs)


def _broken(records: Sequence[PropertyRecord]) -> Iterator[str]:
    for record in records:
        if record["outcome"] == "failed":
            yield (
                f"- ✗ **{escape(record['implementation'])}** {record['dtype'] or ''}, "
                f"{escape(record['formula'])}: {escape(record['property'])}. "
                f"{escape(record['detail'])}\n"
            )

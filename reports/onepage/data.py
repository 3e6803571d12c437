"""What the page's script reads: a run's verdicts, each text once, as JSON that nothing ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.records import AccuracyRecord, PropertyRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import visible
from gradmark.reports.verdicts import worth_a_line

# What evidence shows beside contender, formula and dtype, which come first in each row.
FIELDS = (
    "verdict",
    "variant",
    "ulp",
    "distance",
    "margin",
    "runner_up",
    "constant",
    "detail",
    "case",
    "reproduce",
    "not_asked",
    "non_finite",
    "binding",
    "file",
    "line",
    "declare",
    "traceback",
    "output",
    "accuracy",
    "properties",
    "equation",
    "canonical",
)
EQUATIONS = ("equation", "canonical")
LINES = ("declare", "traceback", "output", "equation", "canonical")
Key = tuple[str, str, str]


class Texts:
    """Each text once, by its number."""

    def __init__(self) -> None:
        self.all: dict[str, int] = {"": 0}

    def __call__(self, text: str) -> int:
        """Return the number of a text."""
        return self.all.setdefault(text, len(self.all))


def packed(results: Results, earlier: Sequence[tuple[str, Results]]) -> dict[str, Any] | None:
    """Pack a run's verdicts, and those of earlier runs to compare with; None without any."""
    verdicts = worth_a_line(results.of(VerdictRecord))
    if not verdicts:
        return None
    texts, equations = Texts(), Texts()
    contenders = list(dict.fromkeys(visible(record["implementation"]) for record in verdicts))
    formulas = in_order(visible(record["formula"]) for record in verdicts)
    met = {record["dtype"] for record in verdicts}
    dtypes = [*(name for name in DTYPES if name in met), *sorted(met - set(DTYPES))]
    places = [{name: at for at, name in enumerate(names)} for names in (contenders, formulas)]
    more = _more(results)
    rows = [
        [
            places[0][visible(record["implementation"])],
            places[1][visible(record["formula"])],
            dtypes.index(record["dtype"]),
            *(
                (equations if name in EQUATIONS else texts)(_spelled(name, record, more))
                for name in FIELDS
            ),
        ]
        for record in sorted(verdicts, key=lambda r: dtypes.index(r["dtype"]))
    ]
    return {
        "contenders": contenders,
        "formulas": formulas,
        "dtypes": dtypes,
        "signs": dict(SIGNS),
        "fields": ["c", "f", "d", *FIELDS],
        "verdicts": rows,
        "earlier": [
            {"name": visible(name), "verdicts": _short(run, texts)} for name, run in earlier
        ],
        "strings": list(texts.all),
        "equations": list(equations.all),
    }


def embedded(data: Mapping[str, Any]) -> Markup:
    """Spell data for a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)


def _key(record: VerdictRecord | AccuracyRecord | PropertyRecord) -> Key:
    return record["implementation"], record["formula"], str(record["dtype"])


def _more(results: Results) -> dict[tuple[str, Key], str]:
    """Say what other records hold about the same question."""
    found: dict[tuple[str, Key], str] = {}
    for its in results.of(AccuracyRecord):
        worst, p99, bound = (float(its[part]) for part in ("worst", "p99", "bound"))
        told = f"worst {worst:.3g} ulp, allowed there {bound:.3g}; 99 % within {p99:.3g}"
        found["accuracy", _key(its)] = told
    for record in results.of(PropertyRecord):
        if record["outcome"] == "failed":
            told = f"{record['property']}: {record['detail']}"
            before = found.get(("properties", _key(record)), "")
            found["properties", _key(record)] = "\n".join(filter(None, (before, visible(told))))
    return found


def _spelled(name: str, record: VerdictRecord, more: Mapping[tuple[str, Key], str]) -> str:
    if (name, _key(record)) in more:
        return more[name, _key(record)]
    value: Any = record.get(name)
    if value is None:
        return ""
    if isinstance(value, float | int) and name != "line":
        return f"{value:.3g}"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if name in LINES:
        return "\n".join(visible(line) for line in str(value).splitlines())
    return visible(str(value))


def _short(run: Results, texts: Texts) -> list[list[int]]:
    parts = ("implementation", "formula", "dtype", "verdict", "variant")
    records: Iterable[Mapping[str, Any]] = run.of_kind("verdict")
    return [[texts(visible(str(r.get(part) or ""))) for part in parts] for r in records]

"""The article's ledger: each claim, what came of it, what shows it; the most surprising first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import ClaimRecord, SeriesRecord
from gradmark.harness.results import Results
from gradmark.reports.blocks import Block, Table, Text
from gradmark.reports.figures import PICTURES
from gradmark.reports.markdown import escape, render, shorten, table
from gradmark.reports.provenance import provenance, warnings

VERDICTS = {"holds": "✓", "holds if": "~", "fails": "✗", "not testable": "–"}
FOUND = {
    "holds": "Found",
    "holds if": "Holds if",
    "fails": "Instead",
    "not testable": "Why not",
}
SHOWN = 8  # values of a list
SURPRISING = 12  # claims that are worth a look first
SHARE = {"share", "low", "high"}  # of a proportion: the share that was met, and its interval
CONTENTS = "Sections"
BACK = f"[↑ {CONTENTS}](#{CONTENTS.lower()})\n"

ABOUT = (
    "What *Part 3: How Neural Networks Learn* states, in its formulas, listings, comments, labels, "
    "captions and prose, put in our words and to the test. **✓** holds · **~** holds if: under a "
    "condition that it does not state · **✗** fails · **–** not testable: no computation could "
    "decide. Within a section the most surprising come first. Numbers are shown in part where they "
    "are many; `results/article.jsonl` holds all of them."
)


def page(results: Results, figures: Path) -> str:
    """Write the page; `figures` holds the pictures already."""
    drawn = {path.stem for path in figures.glob("*.png")}
    claims = ranked(results)
    series = {record["name"]: record for record in results.of(SeriesRecord)}
    parts = ["# The article's claims\n", *(f"> {told}\n" for told in warnings("article", results))]
    parts += [ABOUT + "\n"]
    sections = list(dict.fromkeys(record["section"] for record in results.of(ClaimRecord)))
    if claims:
        parts += [counts(results), _contents(sections, claims)]
        parts += ["## The most surprising\n", index(claims[:SURPRISING], ""), BACK]
    first: dict[str, str] = {}
    for number, section in enumerate(sections, 1):
        mine = [claim for claim in claims if claim["section"] == section]
        parts.append(f'## <a name="s{number}"></a>{escape(section)}\n')
        parts.append(index(mine, "", others=False))
        for claim in mine:
            parts += [f"### {claim['id']}\n", render(entry(claim, results.header))]
            for name in claim.get("pictures", ()):
                if name in first:
                    parts.append(f"Picture: with [{first[name]}](#{first[name]}).\n")
                elif name in drawn and name in series:
                    first[name] = claim["id"]
                    parts.append(_picture(series[name], results.header))
        parts.append(BACK)
    rest = [record for name, record in series.items() if name in drawn and name not in first]
    if rest:
        parts += ["## Further pictures\n", *(_picture(record, results.header) for record in rest)]
    parts += ["## Where this comes from\n", provenance([("article", results)])]
    return "\n".join(parts)


def ranked(results: Results) -> list[ClaimRecord]:
    """Sort the claims: the most surprising first, then by id."""
    return sorted(results.of(ClaimRecord), key=lambda claim: (-claim["surprise"], claim["id"]))


def counts(results: Results) -> str:
    """Count the claims of each verdict, in a table."""
    tally: Counter[str] = Counter(claim["verdict"] for claim in results.of(ClaimRecord))
    head = ["claims", *(f"{sign} {verdict}" for verdict, sign in VERDICTS.items())]
    return table(head, [[str(tally.total()), *(str(tally[verdict]) for verdict in VERDICTS)]])


def index(claims: Sequence[ClaimRecord], page: str, *, others: bool = True) -> str:
    """List claims, each with a link to its entry on a page; and with its section among others."""
    rows = [
        [
            f"{VERDICTS[claim['verdict']]} {claim['verdict']}",
            f"[{escape(claim['statement'])}]({page}#{claim['id']})",
            *([escape(claim["section"])] if others else []),
        ]
        for claim in claims
    ]
    return table(["verdict", "claim", *(["section"] if others else [])], rows, align=":--")


def _contents(sections: Sequence[str], claims: Sequence[ClaimRecord]) -> str:
    """List the sections, each with a link and what came of its claims."""
    rows = []
    for number, section in enumerate(sections, 1):
        tally = Counter(claim["verdict"] for claim in claims if claim["section"] == section)
        told = [str(tally[verdict] or "") for verdict in VERDICTS]  # type: ignore[index]  # a text
        rows.append([f"[{escape(section)}](#s{number})", *told])
    return f"## {CONTENTS}\n\n" + table(["section", *VERDICTS.values()], rows)


def entry(claim: ClaimRecord, header: Mapping[str, Any]) -> Iterator[Block]:
    """Tell one claim: what came of it, and what shows it."""
    verdict = claim["verdict"]
    yield Text(f"**{VERDICTS[verdict]} {verdict}** · {escape(claim['section'])}")
    yield Text(f"*Claimed:* {escape(claim['statement'])}")
    yield Text(f"*{FOUND[verdict]}:* {escape(_minus(claim['says']))}")
    yield Text(f"*Tested by:* {escape(claim['how'])}")
    if claim["numbers"]:
        rows = [
            [escape(name), escape(_minus(value))] for name, value in _evidence(claim["numbers"])
        ]
        yield Table(["number", "value"], rows, ":--")
    seed = f" --seed {header['seed']}" if header.get("seed") else ""
    quick = " --quick" if header.get("quick") else ""
    yield Text(f"Again: `gradmark article {claim['id']}{seed}{quick}`")


def _picture(record: SeriesRecord, header: Mapping[str, Any]) -> str:
    title = PICTURES[record["name"]].title
    settings = [*record["data"].get("settings", ()), f"run seed {header.get('seed')}"]
    if header.get("quick"):
        settings.append("quick run")
    return f"![{title}](figures/{record['name']}.png)\n\n{escape(' · '.join(settings))}\n"


def _minus(text: str) -> str:
    """Give negative numbers the sign that formulas have."""
    return re.sub(r"(?<![\w.])-(?=\d)", "−", text)


def _evidence(numbers: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Write what shows a claim: a row for each number, or for the first few of many."""
    for name, value in numbers.items():
        full = f"{before}{name}"
        if isinstance(value, Mapping) and not set(value) >= SHARE:
            yield from _evidence(value, f"{full}: ")
        elif isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            for at, one in enumerate(value[:SHOWN], 1):
                yield f"{full}, {at} of {len(value)}", _spell(one)
        else:
            yield full, _spell(value)


def _spell(value: Any) -> str:
    """Write a number, or the first few of many; a share with its interval."""
    if isinstance(value, Mapping) and set(value) >= SHARE:
        return f"{_spell(value['share'])} ({_spell(value['low'])} to {_spell(value['high'])})"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return shorten("; ".join(f"{key}: {_spell(item)}" for key, item in value.items()), 400)
    if isinstance(value, list):
        shown = ", ".join(_spell(item) for item in value[:SHOWN])
        more = f", … ({len(value)} in all)" if len(value) > SHOWN else ""
        return f"({shown}{more})"
    return str(value)

"""``report.html``: everything of a folder of results in one file, which needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from gradmark.harness.records import DifferenceRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.reports import difference, html
from gradmark.reports.blocks import Block, Note, Text
from gradmark.reports.markdown import escape
from gradmark.reports.onepage.data import embedded, packed
from gradmark.reports.onepage.mathml import mathml
from gradmark.reports.onepage.sections import Section, sections
from gradmark.reports.provenance import warnings
from gradmark.reports.source import Source
from gradmark.reports.verdicts import WRONG, counted, once

TEMPLATES = Path(__file__).with_name("templates")
LEGEND = (
    "✓ conforms · ~ dialect, another convention · ≈ inaccurate · ✗ deviates · ! error, "
    "crash or timeout · ? unbound: how to call it is not certain · – absent; one sign a dtype"
)


@dataclass(frozen=True)
class Body:
    """A section as the template takes it."""

    id: str
    name: str
    searched: bool
    body: Markup


def page(
    sources: Mapping[str, Source],
    problems: Sequence[str] = (),
    earlier: Sequence[tuple[str, Results]] = (),
) -> str:
    """Write the page; `earlier` runs, oldest first, are there to be compared with."""
    judged = sources["conformance"].results
    data = packed(judged, earlier) if judged is not None else None
    told = list(sections(sources))
    shown = [("matrix", "Verdicts"), ("runs", "Difference and history")] if data else []
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True
    )
    return environment.get_template("report.html").render(
        title=_title(judged, sources["difference"].results),
        css=_text("report.css"),
        js=_text("report.js"),
        sections=[*shown, *((section.id, section.name) for section in told)],
        top=html.render(_top(sources, problems)),
        legend=LEGEND,
        data=embedded({**data, "equations": None}) if data else None,
        equations=[mathml(its) for its in data["equations"]] if data else [],
        bodies=[_body(section) for section in told],
    )


def _text(name: str) -> Markup:
    """Read a file of ours, which goes in as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _body(section: Section) -> Body:
    return Body(section.id, section.name, section.searched, html.render(section.blocks))


def _title(judged: Results | None, compared: Results | None) -> str:
    """Say the result first."""
    if judged is None and compared is not None and (records := compared.of(DifferenceRecord)):
        return difference.outcome(records)
    verdicts: Sequence[Any] = judged.of(VerdictRecord) if judged is not None else ()
    told = [record for record in once(verdicts) if record["verdict"] != "absent"]
    if not told:
        return "no verdicts"
    wrong = sum(record["verdict"] in WRONG for record in told)
    return f"{wrong} of {len(told)} verdicts are wrong" if wrong else "nothing is wrong"


def _top(sources: Mapping[str, Source], problems: Sequence[str]) -> list[Block]:
    blocks: list[Block] = [Note(f"**INCOMPLETE** {escape(problem)}") for problem in problems]
    for name, source in sources.items():
        if source.results is not None:
            blocks += [Note(escape(warning)) for warning in warnings(name, source.results)]
    judged = sources["conformance"].results
    if judged is not None and judged.of_kind("verdict"):
        blocks.append(Text(counted(once(judged.of(VerdictRecord)))))
    return blocks

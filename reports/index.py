"""The first page: what was run, what came out, and where it is told in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradmark.harness.results import Results
from gradmark.reports import article, conformance
from gradmark.reports.figures import PICTURES
from gradmark.reports.markdown import table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.source import Source

SURPRISES = 12


def page(sources: Mapping[str, Source], pages: Sequence[str], pictures: Sequence[str]) -> str:
    """Write the page; `pages` are the other pages written, `pictures` the series drawn."""
    runs = [(name, s.results) for name, s in sources.items() if s.results is not None]
    parts = ["# gradmark\n", _runs(sources, pages)]
    told = [f"> {warning}\n" for name, results in runs for warning in warnings(name, results)]
    parts += told
    judged = sources["conformance"].results
    if judged is not None and judged.of_kind("verdict"):
        parts += ["## Verdicts\n", conformance.counts(judged)]
        if "conformance.md" in pages:
            parts.append(
                f"[![Contenders by formulas](figures/{conformance.FIGURE})](conformance.md)\n"
            )
    stated = sources["article"].results
    if stated is not None:
        parts += _article(stated, pictures)
    parts += ["## Where this comes from\n", provenance(runs)]
    return "\n".join(parts)


def _runs(sources: Mapping[str, Source], pages: Sequence[str]) -> str:
    rows = []
    for name, source in sources.items():
        link = f"[{name}]({name}.md)" if f"{name}.md" in pages else name
        rows.append([link, f"`{source.file}`", _state(source), _holds(source.results)])
    return table(["run", "file", "state", "holds"], rows, align=":--")


def _state(source: Source) -> str:
    if source.missing:
        return "**not run**"
    return "**INCOMPLETE**" if source.problem else "complete"


def _holds(results: Results | None) -> str:
    if results is None:
        return ""
    kinds = dict.fromkeys(record["kind"] for record in results.records)
    return ", ".join(f"{len(results.of_kind(kind))} {kind}" for kind in kinds)


def _article(results: Results, pictures: Sequence[str]) -> list[str]:
    parts = ["## What the article states\n"]
    claims = article.ranked(results)
    if claims:
        parts += [
            article.counts(results),
            f"The {SURPRISES} most surprising; [all of them](article.md) with what shows it:\n",
            article.index(claims[:SURPRISES], "article.md"),
        ]
    cells = [
        f"[![{PICTURES[name].title}](figures/{name}.png)](figures/{name}.png)<br>"
        f"{PICTURES[name].title}"
        for name in pictures
    ]
    if len(cells) % 2:
        cells.append("")
    if cells:
        parts.append(table(["", ""], list(zip(cells[::2], cells[1::2], strict=True)), align=":--"))
    return parts

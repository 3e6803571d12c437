"""The first page: what was run, what came out, and where it is told in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradmark.harness.records import ClaimRecord, DifferenceRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.reports import article, conformance, difference, tournament
from gradmark.reports.figures import PICTURES
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.source import Source
from gradmark.reports.verdicts import WRONG, once

SURPRISES = 12
NAMED = 6  # of what is wrong, in one sentence


def page(sources: Mapping[str, Source], pages: Sequence[str], pictures: Sequence[str]) -> str:
    """Write the page; `pages` are the other pages written, `pictures` the series drawn."""
    runs = [(name, s.results) for name, s in sources.items() if s.results is not None]
    parts = ["# gradmark\n", *_results(sources, pages)]
    parts += [f"> {warning}\n" for name, results in runs for warning in warnings(name, results)]
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
    parts += ["## What was run\n", _runs(sources, pages)]
    parts += ["## Where this comes from\n", provenance(runs)]
    return "\n".join(parts)


def _results(sources: Mapping[str, Source], pages: Sequence[str]) -> Iterator[str]:
    """Begin with what came out, in a sentence for each run."""
    judged = sources["conformance"].results
    if judged is not None and (verdicts := judged.of(VerdictRecord)):
        yield _verdicts(verdicts, linked="conformance.md" in pages)
    compared = sources["difference"].results
    if compared is not None and (differences := compared.of(DifferenceRecord)):
        link = "[differences](difference.md)" if "difference.md" in pages else "differences"
        yield f"**{escape(difference.outcome(differences))}**; see the {link}.\n"
    raced = sources["tournament"].results
    if raced is not None and (racers := tournament.racers(raced)):
        link = "the [tournament](tournament.md)" if "tournament.md" in pages else "the tournament"
        yield f"{tournament.outcome(racers)} See {link}.\n"
    stated = sources["article"].results
    if stated is not None and (claims := stated.of(ClaimRecord)):
        fails = sum(claim["verdict"] == "fails" for claim in claims)
        link = "[the article's claims](article.md)" if "article.md" in pages else "claims"
        yield f"**{fails} of {len(claims)} claims of the article fail**; see {link}.\n"


def _verdicts(verdicts: Sequence[VerdictRecord], *, linked: bool) -> str:
    there = [record for record in once(verdicts) if record["verdict"] != "absent"]
    wrong: dict[tuple[str, str], str] = {}
    for record in there:
        if record["verdict"] in WRONG:
            variant = f", {record['variant']}" if record["variant"] else ""
            about = "import" if record.get("unasked") else record["formula"]
            key = record["implementation"], about
            wrong.setdefault(key, f"{record['verdict']}{variant}")
    who = len({record["implementation"] for record in there})
    count = f"{len(there)} verdicts on {who} contender{'s' * (who != 1)}"
    see = "; see the [evidence](conformance.md)" if linked else ""
    if not wrong:
        return f"**Nothing is wrong**: {count}{see}.\n"
    told = [f"{escape(name)}'s {escape(formula)} ({escape(its)})"
            for (name, formula), its in list(wrong.items())[:NAMED]]  # fmt: skip
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return f"**{len(wrong)} wrong**, of {count}: {', '.join(told)}{more}{see}.\n"


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

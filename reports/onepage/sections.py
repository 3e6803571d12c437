"""The page's sections below the matrix: the article's ledger, and where it all comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gradmark.harness.records import (
    ClaimRecord,
    DifferenceRecord,
    PairRecord,
    PropertyRecord,
    RaceRecord,
)
from gradmark.harness.results import Results
from gradmark.reports import article, difference, tournament
from gradmark.reports.blocks import Block, Fold, Heading, Items, Picture, Table, Text
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, shorten
from gradmark.reports.onepage import svg
from gradmark.reports.provenance import provenance_table
from gradmark.reports.source import Source
from gradmark.reports.timing import READING

UNTRIED = ("absent", "moot")
TRIED = (
    "Theorems, each tried on random inputs. *passed*: it holds · *failed*: it is broken · "
    "*convention*: it does not hold, but speaks of the canonical form, and the contender follows "
    "another convention · *moot*: not tried, since the formula itself is wrong or failed · "
    "*absent*: the formula is not provided. Formulas of which none was tried are left out."
)


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    id, name : str
        What links lead to, and what it is called.
    blocks : sequence of Block
        What it holds.
    searched : bool
        Whether there is a field that searches its folds.
    """

    id: str
    name: str
    blocks: Sequence[Block]
    searched: bool = False


def sections(sources: Mapping[str, Source]) -> Iterator[Section]:
    """Yield what the runs have to tell."""
    stated = sources["article"].results
    if stated is not None and stated.of(ClaimRecord):
        yield Section("article", "The article's claims", list(_ledger(stated)), searched=True)
    raced = sources["tournament"].results
    if raced is not None and raced.of(RaceRecord):
        yield Section(
            "tournament",
            "Optimizer tournament",
            list(_races(raced, sources["timing"].results)),
        )
    timed = sources["timing"].results
    if timed is not None and timed.of(PairRecord):
        yield Section("timing", "Timing", list(_times(timed)))
    judged = sources["conformance"].results
    if judged is not None and judged.of(PropertyRecord):
        yield Section("properties", "Properties", list(_properties(judged)))
    compared = sources["difference"].results
    if compared is not None and (records := compared.of(DifferenceRecord)):
        yield Section("compared", "The difference", list(difference.blocks(records)))
    runs = [(name, s.results) for name, s in sources.items() if s.results is not None]
    yield Section("provenance", "Where this comes from", [provenance_table(runs)])


def _races(results: Results, timed: Results | None) -> Iterator[Block]:
    for block in tournament.blocks(results, timed):
        if isinstance(block, Picture):
            axis, curves = tournament.curves(tournament.racers(results))
            drawn = {name: curve.tolist() for name, curve in curves.items()}
            block = replace(block, svg=svg.profiles(axis.tolist(), drawn))
        yield block


def _times(results: Results) -> Iterator[Block]:
    yield Text(READING)
    pairs = results.of(PairRecord)
    for formula in in_order(pair["formula"] for pair in pairs):
        mine = [pair for pair in pairs if pair["formula"] == formula]
        baseline = escape(mine[0]["baseline"])
        yield Heading(escape(formula), 3)
        yield Picture("", f"Time over that of {baseline}, 99 % intervals", svg.forest(mine))
        if len({tuple(pair["params"].items()) for pair in mine}) > 1:
            for dtype in dict.fromkeys(pair["dtype"] for pair in mine):
                about = f"Time of a call by size, {dtype}"
                yield Picture("", about, svg.scaling(mine, dtype))


def _properties(results: Results) -> Iterator[Block]:
    """Fold the theorems by formula, as far as any was tried; those that are broken come first."""
    records = results.of(PropertyRecord)
    yield Text(TRIED)
    formulas = in_order(r["formula"] for r in records if r["outcome"] not in UNTRIED)
    broken = {record["formula"] for record in records if record["outcome"] == "failed"}
    for formula in sorted(formulas, key=lambda name: name not in broken):
        mine = [record for record in records if record["formula"] == formula]
        failed = [record for record in mine if record["outcome"] == "failed"]
        tally = Counter(record["outcome"] for record in mine)
        told = ", ".join(f"{count} {outcome}" for outcome, count in tally.most_common())
        rows = [
            [
                escape(shorten(record["implementation"])),
                record["dtype"] or "",
                escape(record["property"]),
                escape(record["detail"]),
            ]
            for record in failed
        ]
        blocks: list[Block] = [Items([escape(name) for name in _sentences(mine)])]
        if rows:
            blocks.insert(0, Table(["contender", "dtype", "broken", "how"], rows, ":--"))
        yield Fold(f"{'✗' if failed else '✓'} {escape(formula)}: {told}", blocks)


def _sentences(records: Sequence[PropertyRecord]) -> list[str]:
    return list(dict.fromkeys(record["property"] for record in records))


def _ledger(results: Results) -> Iterator[Block]:
    yield Text(article.ABOUT)
    for claim in article.ranked(results):
        title = f"{article.VERDICTS[claim['verdict']]} {escape(claim['statement'])}"
        yield Fold(title, list(article.entry(claim, results.header)), claim["id"])

"""The page's sections below the matrix: the article's ledger, and where it all comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradmark.harness.records import ClaimRecord
from gradmark.harness.results import Results
from gradmark.reports import article
from gradmark.reports.blocks import Block, Fold, Text
from gradmark.reports.markdown import escape
from gradmark.reports.provenance import provenance_table
from gradmark.reports.source import Source


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
    runs = [(name, s.results) for name, s in sources.items() if s.results is not None]
    yield Section("provenance", "Where this comes from", [provenance_table(runs)])


def _ledger(results: Results) -> Iterator[Block]:
    yield Text(article.ABOUT)
    for claim in article.ranked(results):
        title = f"{article.VERDICTS[claim['verdict']]} {escape(claim['statement'])}"
        yield Fold(title, list(article.entry(claim, results.header)), claim["id"])

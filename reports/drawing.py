"""From a folder of results files to its pages and pictures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradmark.harness.resolve import UsageError
from gradmark.harness.results import Results, read_results
from gradmark.reports import (
    article,
    badges,
    benchmarks,
    calibration,
    conformance,
    conventions,
    difference,
    index,
    mutants,
    onepage,
    separation,
    timing,
    tournament,
)
from gradmark.reports.figures import PICTURES
from gradmark.reports.markdown import escape
from gradmark.reports.source import RUNS, Source, load
from gradmark.reports.style import save


@dataclass(frozen=True)
class Page:
    """Which run a page tells of, what writes it and its pictures, and the run it also looks at."""

    run: str
    write: Callable[..., str]
    beside: str = ""


PAGES: Mapping[str, Page] = {
    "conformance": Page("conformance", conformance.page),
    "conventions": Page("conformance", conventions.page),
    "difference": Page("difference", difference.page),
    "separation": Page("separation", separation.page),
    "mutants": Page("mutants", mutants.page),
    "article": Page("article", article.page),
    "tournament": Page("tournament", tournament.page, beside="timing"),
    "timing": Page("timing", timing.page),
    "calibration": Page("calibration", calibration.page),
    "benchmarks": Page("benchmarks", benchmarks.page),
}
ONE_PAGE = "report.html"
# What a record that lacks something, or holds something else, makes of a page or picture.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError)


def draw_pages(out: Path, earlier: Sequence[Path] = ()) -> list[str]:
    """Draw every page and picture from the results in a folder; return what is not whole.

    Reads `out`/results/*.jsonl, writes `out`/*.md, `out`/report.html and `out`/figures/*.png. The
    page can compare with `earlier` results files, oldest first.

    Raises
    ------
    UsageError
        There are no results.
    """
    sources = {name: load(name, out) for name in RUNS}
    if all(source.missing for source in sources.values()):
        files = ", ".join(f"{name}.jsonl" for name in RUNS)
        raise UsageError(f"expected at least one of {files} in {out / 'results'}, found none")
    with tempfile.TemporaryDirectory(dir=out, prefix=".drawing-") as staging:
        before = [(path.name, read_results(path)) for path in earlier]
        problems = draw(sources, Path(staging), before)
        install(Path(staging), out)
    return problems


def draw(
    found: Mapping[str, Source], folder: Path, earlier: Sequence[tuple[str, Results]] = ()
) -> list[str]:
    """Write all pages and pictures into an empty folder, and return what is wrong with them."""
    sources = dict(found)
    figures = folder / "figures"
    figures.mkdir()
    pictures, undrawn = _pictures(sources["article"], figures)
    texts = {}
    for name, page in PAGES.items():
        results = sources[page.run].results
        if results is not None:
            try:
                beside = [sources[page.beside].results] if page.beside else []
                texts[name] = page.write(results, figures, *beside)
            except MALFORMED as error:
                told = f"no page can be made of it: {error!r}"
                sources[page.run] = Source(page.run, None, told)
        if sources[page.run].results is None and not sources[page.run].missing:
            texts[name] = f"# {name.capitalize()}\n"
    problems = {s.name: [f"{s.file}: {s.problem}"] if s.problem else [] for s in sources.values()}
    problems["article"] += undrawn
    for name, text in texts.items():
        _write(folder / f"{name}.md", problems[PAGES[name].run], text)
    everything = [problem for of_run in problems.values() for problem in of_run]
    pages = [f"{name}.md" for name in texts]
    badges.write_badges(sources["conformance"], folder / badges.FOLDER)
    try:
        _write_page(folder / ONE_PAGE, onepage.page(sources, everything, earlier))
    except MALFORMED as error:
        everything.append(f"{ONE_PAGE}: no page can be made of these results: {error!r}")
    _write(folder / "index.md", everything, index.page(sources, pages, pictures))
    return everything


def _pictures(run: Source, figures: Path) -> tuple[list[str], list[str]]:
    """Draw the article's pictures; return the names of the series drawn, and what went wrong."""
    drawn, problems = [], []
    for record in run.results.of_kind("series") if run.results else ():
        try:
            name = record["name"]
            picture = PICTURES[name]
            save(picture.draw(record["data"], run.results.header), figures / f"{name}.png")  # type: ignore[union-attr]  # there are records
            drawn.append(name)
        except MALFORMED as error:
            series = record.get("name", "without a name")
            problems.append(f"{run.file}: series {series} cannot be drawn: {error!r}")
    return drawn, problems


def _write(path: Path, problems: list[str], text: str) -> None:
    banner = "".join(f"> **INCOMPLETE** {escape(problem)}\n>\n" for problem in problems)
    _write_page(path, f"{banner}\n{text}" if banner else text)


def _write_page(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def install(staging: Path, out: Path) -> None:
    """Put what was drawn in place, each file whole, and remove what an earlier run left there."""
    new = {path.relative_to(staging) for path in staging.rglob("*") if path.is_file()}
    pages = {Path(ONE_PAGE), *(Path(f"{name}.md") for name in (*PAGES, "index"))}
    drawn = (*(out / "figures").glob("*.png"), *(out / badges.FOLDER).glob("*"))
    for stale in (pages | {path.relative_to(out) for path in drawn}) - new:
        (out / stale).unlink(missing_ok=True)
    for folder in {(out / path).parent for path in new}:
        folder.mkdir(exist_ok=True)
    for path in sorted(new):
        os.replace(staging / path, out / path)  # noqa: PTH105  # the atomic one by its name

"""A person's stories: results files in a folder, and what stands on the pages afterwards."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from gradmark import __version__
from gradmark.command import main
from gradmark.harness.results import ResultsWriter
from gradmark.reports import drawing
from gradmark.reports.figures import PICTURES
from gradmark.reports.figures.conformance_matrix import LOOK
from gradmark.reports.index import SURPRISES
from gradmark.reports.style import save
from tests.reports.pictures import faults

FINGERPRINT = {
    "machine": {
        "system": "Linux",
        "release": "6",
        "architecture": "x86_64",
        "cpu": "C",
        "cores": 2,
    },
    "python": {"implementation": "CPython", "version": "3.11.7"},
    "blas": {"built_with": None, "loaded": []},
    "packages": {"numpy": "2.4.6"},
    "git": {"commit": "0123abc", "dirty": False},
}


def header(**changes: Any) -> dict[str, Any]:
    known = {"catalogue": "cafe", "corpus": "c0ffee"}
    return {"seed": 7, "quick": False, **known, "fingerprint": FINGERPRINT, **changes}


def verdict(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "verdict",
        "implementation": "mine",
        "formula": "Adam",
        "dtype": "float64",
        "verdict": "conforms",
        "variant": None,
        "ulp": 0.5,
        "detail": "As it should.",
        "margin": 12.0,
        **changes,
    }


def property_(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "property",
        "implementation": "mine",
        "formula": "Adam",
        "property": "a step is a step",
        "dtype": "float64",
        "outcome": "passed",
        "detail": "",
        "test": "test_adam.py::test_a_step_is_a_step",
        **changes,
    }


def write(out: Path, *records: dict[str, Any], **changes: Any) -> Path:
    path = out / "results" / "conformance.jsonl"
    with ResultsWriter(path, header(**changes)) as results:
        for record in records:
            results.write(record)
    return path


def cut_off(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, article_results: Path) -> Iterator[Path]:
    """A folder with the article's results and a contender's, and all their pages."""
    out = tmp_path_factory.mktemp("drawn")
    (out / "results").mkdir()
    shutil.copy(article_results, out / "results")
    write(out, verdict(), verdict(dtype="float32", verdict="absent", ulp=None), property_())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "save", _saved)
        assert main(["report", "--draw", "--out", str(out)]) == 0
    yield out
    shutil.rmtree(out)


UNREADABLE: list[str] = []


def _saved(figure: Figure, path: Path) -> None:
    """Save a picture, and keep what cannot be read in it."""
    save(figure, path)  # first: to look at it lays it out once more
    UNREADABLE.extend(f"{path.name}: {fault}" for fault in faults(figure))


def section(page: str, title: str) -> str:
    return page.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.thorough
def test_every_series_has_its_picture_wide_and_not_blank(drawn: Path) -> None:
    pictures = {path.stem: path for path in (drawn / "figures").glob("*.png")}
    assert set(pictures) == {*PICTURES, "conformance_matrix"}
    for path in pictures.values():
        pixels = imread(path)[..., :3]
        assert pixels.shape[1] == 1600
        assert 0.02 < (pixels.min(axis=2) < 0.9).mean() < 0.95


@pytest.mark.usefixtures("drawn")
@pytest.mark.thorough
def test_no_text_of_a_picture_is_cut_off_or_covered() -> None:
    assert UNREADABLE == []


@pytest.mark.thorough
def test_nothing_is_cut_off_at_the_edge_of_a_picture(drawn: Path) -> None:
    for path in (drawn / "figures").glob("*.png"):
        pixels = imread(path)[..., :3]
        for edge in (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]):
            assert edge.min() == 1, path.name


@pytest.mark.thorough
def test_the_index_names_the_version_and_the_forms_that_judged(drawn: Path) -> None:
    told = section((drawn / "index.md").read_text(encoding="utf-8"), "Where this comes from")
    assert f"| gradmark | {__version__} |" in told
    assert "| catalogue | cafe |" in told


@pytest.mark.thorough
def test_the_index_names_runs_verdicts_claims_and_provenance(drawn: Path) -> None:
    index = (drawn / "index.md").read_text(encoding="utf-8")
    assert "| [conformance](conformance.md) | `results/conformance.jsonl` | complete |" in index
    assert "| benchmarks | `results/benchmarks.jsonl` | **not run** |" in index
    assert "| mine | float64 | 1 |" in section(index, "Verdicts")
    stated = section(index, "What the article states")
    assert "[all of them](article.md)" in stated
    assert stated.count("](article.md#") == SURPRISES
    assert "| commit | 0123abc |" in section(index, "Where this comes from")
    for name in PICTURES:
        assert f"(figures/{name}.png)" in index
    assert "INCOMPLETE" not in index


@pytest.mark.thorough
def test_two_runs_write_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(drawn / "results", tmp_path / "results")
    # another process, with another hash seed and locale
    subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "gradmark",
            "report",
            "--draw",
            "--out",
            str(tmp_path),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        cwd=Path(__file__).parents[2],
    )
    files = [path.relative_to(drawn) for path in drawn.rglob("*") if path.is_file()]
    assert len(files) > 10
    for file in files:
        assert (tmp_path / file).read_bytes() == (drawn / file).read_bytes(), file


def test_the_conformance_page_says_what_was_judged_and_how(tmp_path: Path) -> None:
    write(
        tmp_path,
        verdict(),
        verdict(
            formula="sigmoid",
            verdict="deviates",
            variant="naive",
            ulp="Infinity",
            detail="Overflows.",
            reproduce="python -c 'print(1)'",
        ),
        property_(),
        property_(property="a step is none", outcome="failed", detail="got 3"),
    )
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "conformance.md").read_text(encoding="utf-8")
    assert "| Adam | ✓ conforms | 0.5 | 12 |" in page
    assert "| sigmoid | ✗ deviates: naive | inf | 12 |" in page
    assert "**sigmoid** (float64): deviates, naive. Overflows.\n" in page
    assert "```\npython -c 'print(1)'\n```" in page
    assert "| a step is a step | ✓ |\n| a step is none | ✗ |" in page
    assert "- ✗ **mine** float64, Adam: a step is none. got 3" in page
    assert "| seed | 7 |" in page


def test_a_property_tried_often_shows_its_worst_outcome(tmp_path: Path) -> None:
    outcomes = ("passed", "failed", "convention")
    write(tmp_path, verdict(), *(property_(outcome=outcome) for outcome in outcomes))
    main(["report", "--draw", "--out", str(tmp_path)])
    page = (tmp_path / "conformance.md").read_text(encoding="utf-8")
    assert "| a step is a step | ✗ |" in page


def test_the_same_evidence_in_both_dtypes_is_told_once(tmp_path: Path) -> None:
    both = [verdict(dtype=d, verdict="dialect", variant="v") for d in ("float64", "float32")]
    write(tmp_path, *both)
    main(["report", "--draw", "--out", str(tmp_path)])
    page = (tmp_path / "conformance.md").read_text(encoding="utf-8")
    assert page.count("**Adam** (float64, float32): dialect, v. As it should.") == 1


def test_a_run_that_was_cut_off_is_never_passed_off_as_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_off(write(tmp_path, verdict()))
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 1
    for name in ("index.md", "conformance.md"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert page.startswith("> **INCOMPLETE** results/conformance.jsonl: it has no footer")
    assert "| Adam | ✓ conforms |" in (tmp_path / "conformance.md").read_text(encoding="utf-8")
    assert "INCOMPLETE: results/conformance.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\n", b"[1\n", b'{"kind":"header"}\n'])
def test_a_file_that_cannot_be_read_is_shown_as_such(content: bytes, tmp_path: Path) -> None:
    write(tmp_path).write_bytes(content)
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 1
    for name in ("index.md", "conformance.md"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert page.startswith("> **INCOMPLETE** results/conformance.jsonl: it cannot be read")
    assert "| **INCOMPLETE** |" in (tmp_path / "index.md").read_text(encoding="utf-8")


def test_records_that_lack_what_a_page_needs_are_a_problem_not_a_crash(tmp_path: Path) -> None:
    write(tmp_path, {"kind": "verdict", "implementation": "mine"})
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 1
    page = (tmp_path / "conformance.md").read_text(encoding="utf-8")
    assert page.startswith("> **INCOMPLETE** results/conformance.jsonl: no page can be made of it")


def test_a_series_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    with ResultsWriter(tmp_path / "results" / "article.jsonl", header()) as results:
        results.write({"kind": "series", "name": "xor", "data": {"losses": [1.0]}})
        results.write({"kind": "series", "name": "unheard-of", "data": {}})
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 1
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "> **INCOMPLETE** results/article.jsonl: series xor cannot be drawn" in index
    assert "> **INCOMPLETE** results/article.jsonl: series unheard-of cannot be drawn" in index
    assert "figures/xor.png" not in index


def test_nothing_run_is_an_error_that_says_where_it_looked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 2
    assert f"in {tmp_path / 'results'}, found none" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_pages_and_pictures_of_an_earlier_run_do_not_survive(tmp_path: Path) -> None:
    path = write(tmp_path, verdict())
    main(["report", "--draw", "--out", str(tmp_path)])
    assert (tmp_path / "figures" / "conformance_matrix.png").exists()
    path.unlink()
    (tmp_path / "benchmarks.md").write_text("old", encoding="utf-8")
    (tmp_path / "figures" / "benchmark_old.png").write_bytes(b"old")
    (tmp_path / "notes.md").write_text("a person's own", encoding="utf-8")
    with ResultsWriter(tmp_path / "results" / "article.jsonl", header()):
        pass
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 0
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"results/article.jsonl", "article.md", "index.md", "notes.md", "report.html"}


def test_uncommitted_changes_and_quick_runs_are_pointed_out(tmp_path: Path) -> None:
    changed = {**FINGERPRINT, "git": {"commit": "0123abc", "dirty": True}}
    write(tmp_path, verdict(), quick=True, fingerprint=changed)
    main(["report", "--draw", "--out", str(tmp_path)])
    for name in ("index.md", "conformance.md"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert "> The conformance run comes from a working tree with changes" in page
        assert "> The conformance run was a quick one" in page


@pytest.mark.parametrize(
    "name", ["a|b`c\n# d", "<script>x</script>", "\u202eevil\x1b[31m", "$x$_y^", "名前" * 99, " "]
)
def test_odd_names_break_neither_tables_nor_pictures(name: str, tmp_path: Path) -> None:
    records = [verdict(implementation=name), verdict(implementation=name, formula=name)]
    write(tmp_path, *records, verdict(verdict="deviates", variant=name, detail=name))
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 0
    for page in ("index.md", "conformance.md"):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert "<script>" not in text
        assert text.replace("\n", "").isprintable()
        blocks = text.split("\n\n")
        for block in (b for b in blocks if b.startswith("|")):
            assert len({line.count("|") for line in block.strip().split("\n")}) == 1
    assert (tmp_path / "figures" / "conformance_matrix.png").stat().st_size > 10_000


def test_a_matrix_of_every_verdict_is_cut_off_nowhere(tmp_path: Path) -> None:
    write(tmp_path, *(verdict(implementation=f"gives {word}", verdict=word) for word in LOOK))
    assert main(["report", "--draw", "--out", str(tmp_path)]) == 0
    pixels = imread(tmp_path / "figures" / "conformance_matrix.png")[..., :3]
    for edge in (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]):
        assert edge.min() == 1


def drawn_of(out: Path, name: str, *records: dict[str, Any]) -> dict[str, str]:
    """Draw the pages of one run, and return them by their names."""
    with ResultsWriter(out / "results" / f"{name}.jsonl", header()) as results:
        for record in records:
            results.write(record)
    assert main(["report", "--draw", "--out", str(out), "--quiet"]) == 0
    return {path.stem: path.read_text(encoding="utf-8") for path in out.glob("*.md")}


def test_the_first_page_begins_with_what_came_out(tmp_path: Path) -> None:
    wrong = verdict(verdict="deviates", variant="ascent")
    pages = drawn_of(tmp_path, "conformance", wrong, verdict(formula="relu"))
    first = pages["index"].splitlines()[2]
    assert first.startswith(
        "**1 wrong**, of 2 verdicts on 1 contender: mine's Adam (deviates, ascent)"
    )
    assert pages["index"].index("## What was run") > pages["index"].index("## Verdicts")


def test_what_is_absent_everywhere_is_one_line(tmp_path: Path) -> None:
    absent = [verdict(formula=name, verdict="absent", ulp=None) for name in ("relu", "sigmoid")]
    nowhere = property_(formula="relu", property="relu is idempotent", outcome="absent")
    # Of one that does not import, nothing is tried: that makes no row either.
    broken = {**nowhere, "implementation": "broken", "outcome": "moot"}
    pages = drawn_of(tmp_path, "conformance", verdict(), *absent, property_(), nowhere, broken)
    assert "| relu" not in pages["conformance"]
    assert "Absent (2): relu, sigmoid." in pages["conformance"]
    assert "Properties that were tried on nobody's code: relu (1)." in pages["conformance"]


def test_no_table_has_more_contenders_beside_one_another_than_fit(tmp_path: Path) -> None:
    names = [f"pupil{number}" for number in range(10)]
    records = [r for n in names for r in (verdict(implementation=n), property_(implementation=n))]
    page = drawn_of(tmp_path, "conformance", *records)["conformance"]
    heads = [line for line in page.splitlines() if line.startswith("| property |")]
    assert [line.count("pupil") for line in heads] == [8, 2]


def test_separation_keeps_what_is_near_and_links_the_rest(tmp_path: Path) -> None:
    forms = ["canonical", "near", "far"]
    excess = [[0.0, 12.5, 1e4], [13.5, 0.0, 1e4], [1e4, 1e4, 0.0]]
    record = {"kind": "separation", "formula": "Adam", "dtype": "float64", "variants": forms,
              "excess": excess, "inseparable": []}  # fmt: skip
    page = drawn_of(tmp_path, "separation", record)["separation"]
    near = section(page, "Forms that are near")
    assert "| Adam | float64 | canonical | near | 12.5 |" in near
    assert "| far" not in near
    assert "](results/separation.jsonl)" in near


def test_an_import_that_fails_is_one_thing_that_is_wrong(tmp_path: Path) -> None:
    about = {"implementation": "gone", "verdict": "error", "detail": "raised", "unasked": True}
    died = [verdict(**about, formula=name) for name in ("Adam", "relu", "sigmoid")]
    pages = drawn_of(tmp_path, "conformance", verdict(), *died)
    assert "**1 wrong**, of 2 verdicts on 2 contenders: gone's import (error)" in pages["index"]
    assert "| gone | float64 |  |  |  |  | 1 |" in pages["conformance"]
    assert "relu" not in pages["conformance"]
    shown = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "gradmark: 1 of 2 verdicts are wrong" in shown
    assert '"formulas":["Adam"]' in shown
    badge = json.loads((tmp_path / "badges" / "all.json").read_text(encoding="utf-8"))
    assert badge["message"] == "1 of 2 verdicts wrong"

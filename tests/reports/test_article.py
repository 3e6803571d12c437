"""The ledger's page: what a reader finds there of each claim, and in which order."""

from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from gradmark.command import main
from gradmark.harness.results import ResultsWriter
from gradmark.reports.figures import PICTURES

SERIES = {
    "kind": "series",
    "name": "landscape_rates",
    "data": {
        "rates": [0.1, 0.7], "share": [1.0, 0.0], "sure_below": [0.54], "never_above": [0.58],
        "settings": ["441 starts", "600 steps"],
    },
}  # fmt: skip


def claim(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "claim",
        "id": "it-settles",
        "section": "Learning Rate Impact",
        "statement": "It settles.",
        "how": "By its multiplier.",
        "verdict": "fails",
        "says": "It jumps between -1.5 and 2.",
        "numbers": {"multiplier": -1.752340001, "late": list(range(20)), "ends": {"a": 1e-7}},
        "surprise": 3,
        "pictures": [],
        **changes,
    }


def page(out: Path, *records: dict[str, Any], status: int = 0, **header: Any) -> str:
    told = {"seed": 0, "quick": False, "fingerprint": {}, "corpus": "c0ffee", **header}
    with ResultsWriter(out / "results" / "article.jsonl", told) as results:
        for record in records:
            results.write(record)
    assert main(["report", "--draw", "--out", str(out), "--quiet"]) == status
    return (out / "article.md").read_text(encoding="utf-8")


def entry(text: str, id_: str) -> str:
    return text.split(f"### {id_}\n", 1)[1].split("\n#", 1)[0]


def test_an_entry_tells_statement_verdict_truth_numbers_and_the_line_to_run(tmp_path: Path) -> None:
    told = entry(page(tmp_path, claim()), "it-settles")
    assert "**✗ fails** · Learning Rate Impact\n" in told
    assert "*Claimed:* It settles.\n" in told
    assert "*Instead:* It jumps between −1.5 and 2.\n" in told
    assert "*Tested by:* By its multiplier.\n" in told
    assert "| multiplier | −1.75234 |" in told
    assert "| late | (0, 1, 2, 3, 4, 5, 6, 7, … (20 in all)) |" in told
    assert "| ends: a | 1e-07 |" in told
    assert "Again: `gradmark article it-settles`\n" in told


def test_the_line_to_run_repeats_seed_and_scale(tmp_path: Path) -> None:
    told = entry(page(tmp_path, claim(), seed=7, quick=True), "it-settles")
    assert "Again: `gradmark article it-settles --seed 7 --quick`\n" in told


def test_the_most_surprising_come_first_in_the_entries_and_in_both_indexes(tmp_path: Path) -> None:
    ranks = [("b", 1), ("c", 5), ("d", 3), ("a", 3)]
    text = page(tmp_path, *(claim(id=id_, statement=id_, surprise=rank) for id_, rank in ranks))
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == ["### c", "### a", "### d", "### b"]
    first = text.split("## The most surprising\n")[1].split("\n## ")[0]
    rows = [line for line in first.splitlines() if line.startswith("| ✗")]
    assert [row.split("[")[1][0] for row in rows] == ["c", "a", "d", "b"]
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    places = [index.index(f"[{id_}](article.md#{id_})") for id_ in "cadb"]
    assert places == sorted(places)


def test_claims_stand_in_their_sections_with_ways_there_and_back(tmp_path: Path) -> None:
    text = page(
        tmp_path,
        claim(id="a", section="Rates"),
        claim(id="b", section="Losses", verdict="holds"),
        claim(id="c", section="Rates", surprise=5),
    )
    assert "| [Rates](#s1) |  |  | 2 |  |\n| [Losses](#s2) | 1 |  |  |  |" in text
    rates = text.split('## <a name="s1"></a>Rates\n')[1].split("\n## ")[0]
    assert [line for line in rates.splitlines() if line.startswith("### ")] == ["### c", "### a"]
    assert rates.rstrip().endswith("[↑ Sections](#sections)")


def test_evidence_is_read_in_rows_and_a_share_with_its_interval(tmp_path: Path) -> None:
    share = {"share": 0.5, "low": 0.25, "high": 0.75}
    told = page(
        tmp_path, claim(numbers={"wins": {"Adam": share}, "runs": [{"x": 1.0}, {"x": 2.0}]})
    )
    assert "| wins: Adam | 0.5 (0.25 to 0.75) |" in told
    assert "| runs, 2 of 2 | x: 2 |" in told


def test_the_summary_counts_each_verdict(tmp_path: Path) -> None:
    verdicts = ["holds", "fails", "fails", "not testable", "holds if", "fails"]
    text = page(tmp_path, *(claim(id=f"c{k}", verdict=v) for k, v in enumerate(verdicts)))
    assert "| claims | ✓ holds | ~ holds if | ✗ fails | – not testable |" in text
    assert "| 6 | 1 | 1 | 3 | 1 |" in text


def test_a_picture_stands_with_the_first_entry_it_belongs_to(tmp_path: Path) -> None:
    shown = {"pictures": ["landscape_rates"]}
    text = page(
        tmp_path, SERIES, claim(id="first", surprise=5, **shown), claim(id="second", **shown)
    )
    title = PICTURES["landscape_rates"].title
    image = f"![{title}](figures/landscape_rates.png)\n\n441 starts · 600 steps · run seed 0\n"
    assert image in entry(text, "first")
    assert "Picture: with [first](#first).\n" in entry(text, "second")
    assert text.count("figures/landscape_rates.png") == 1


def test_a_picture_of_no_entry_is_shown_at_the_end(tmp_path: Path) -> None:
    text = page(tmp_path, claim(), SERIES)
    assert "figures/landscape_rates.png" in text.split("## Further pictures\n")[1]


def test_a_picture_that_cannot_be_drawn_is_a_problem_and_not_shown(tmp_path: Path) -> None:
    broken = {"kind": "series", "name": "landscape_rates", "data": {}}
    text = page(tmp_path, broken, claim(pictures=["landscape_rates"]), status=1)
    assert text.startswith("> **INCOMPLETE** results/article.jsonl: series landscape_rates cannot")
    assert "figures/" not in text


@pytest.mark.parametrize("odd", ["a|b `c` *d* <b>", "$x_1$ [e](f)\n# g"])
def test_odd_texts_do_not_break_the_page(odd: str, tmp_path: Path) -> None:
    text = page(tmp_path, claim(says=odd, statement=odd, how=odd, section=odd, numbers={odd: odd}))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    headings = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]
    titles = ["The article's claims", "Sections", "The most surprising"]
    assert headings[:3] == titles
    assert headings[4:] == ["it-settles", "Where this comes from"]
    assert "<b>" not in MarkdownIt("commonmark").enable("table").render(text)

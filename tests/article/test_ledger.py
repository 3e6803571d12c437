"""The ledger: every verdict is what its evidence says, and every entry can be shown."""

import re
from pathlib import Path
from typing import Any

import mpmath
import pytest

from gradmark.conformance.article.ledger import CLAIMS, Scale
from gradmark.conformance.article.ledger.claim import claim, fails, holds, holds_if, not_testable
from gradmark.conformance.article.records import series
from gradmark.harness.results import Results, read_results
from gradmark.reports.figures import PICTURES
from tests.schemas import RESULTS

ROOT = Path(__file__).parents[2]
HEADINGS = {
    # the boxes have titles, too
    "Why clipping matters", "Debugging tip",
    "The Learning Problem", "Loss Landscape Visualization", "Loss Functions",
    "Choosing Loss Functions", "Mean Squared Error (MSE)", "Binary Cross-Entropy",
    "Categorical Cross-Entropy", "Gradient Descent Explained", "The Hill-Walking Analogy",
    "1D Gradient Descent Implementation", "Backpropagation",
    "Backpropagation: The Magic Behind Learning",
    "Forward Pass & Backward Pass Flow", "Complete 2-Layer Backpropagation (NumPy)",
    "Backprop Step-by-Step", "The Chain Rule in Action", "Computational Graph with Chain Rule",
    "Gradient Checking: Verify Your Backprop", "Optimizers: Beyond Basic SGD",
    "SGD with Momentum", "RMSprop", "Adam Optimizer", "Learning Rate Impact",
    "Learning Rate Schedules", "Choosing Learning Rates", "What’s Next",
}  # fmt: skip


@pytest.fixture(scope="module")
def results(article_results: Path) -> Results:
    return read_results(article_results)


@pytest.mark.parametrize("id_", CLAIMS)
def test_the_evidence_bears_the_verdict_out(id_: str, results: Results) -> None:
    (record,) = (r for r in results.of_kind("claim") if r["id"] == id_)
    assert record["verdict"] == CLAIMS[id_].verdict, record["says"]
    assert record["says"].strip()
    # what is found rests on numbers; what cannot be tested has none
    assert bool(record["numbers"]) == (record["verdict"] != "not testable")


def test_the_precision_that_others_have_set_changes_no_number() -> None:
    claimed = CLAIMS["flat-ground-means-converged"]
    with mpmath.workdps(80):
        precise = claimed.compute(Scale(0, quick=True)).numbers
    with mpmath.workdps(15):
        assert claimed.compute(Scale(0, quick=True)).numbers == precise


def test_every_record_of_the_article_obeys_the_schema(results: Results) -> None:
    for record in (results.header, *results.records):
        RESULTS.validate(record)


def test_every_entry_names_a_section_of_the_article() -> None:
    assert {entry.section for entry in CLAIMS.values()} <= HEADINGS


def test_every_picture_of_an_entry_is_a_series_that_can_be_drawn(results: Results) -> None:
    names = [record["name"] for record in results.of_kind("series")]
    assert len(names) == len(set(names))
    shown = {name for record in results.of_kind("claim") for name in record["pictures"]}
    assert shown <= set(names) <= set(PICTURES)
    assert all(record["data"].get("settings") for record in results.of_kind("series"))


def test_the_ledger_holds_every_kind_of_verdict_and_of_surprise() -> None:
    assert {entry.verdict for entry in CLAIMS.values()} == {
        "holds", "holds if", "fails", "not testable",
    }  # fmt: skip
    assert {entry.surprise for entry in CLAIMS.values()} == {1, 2, 3, 4, 5}


def test_pictures_are_added_and_outcomes_stay_as_they_were() -> None:
    first, second = (series(name, x=[1.0]) for name in "ab")
    outcome = fails("no", x=1)
    assert outcome.shown_by(first).shown_by(second).pictures == (first, second)
    assert outcome.pictures == ()
    assert [made.verdict for made in (holds("a"), holds_if("b"), outcome, not_testable("c"))] == [
        "holds", "holds if", "fails", "not testable",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id_": "Not Kebab"}, "id: expected kebab-case, got 'Not Kebab'"),
        ({"id_": "the-bowl-is-simple"}, "id: expected a new one, got 'the-bowl-is-simple'"),
        ({"verdict": "maybe"}, "verdict: expected one of .*, got 'maybe'"),
        ({"surprise": 6}, "surprise: expected 1 to 5, got 6"),
        ({"how": " "}, "how: expected a sentence, got ' '"),
    ],
)
def test_an_entry_that_is_not_one_is_refused(changed: dict[str, Any], said: str) -> None:
    told: dict[str, Any] = {
        "id_": "a-new-one", "section": "s", "statement": "s", "how": "h", "verdict": "holds",
        "surprise": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=said):
        claim(**{**told, **changed})


def test_a_first_look_computes_less() -> None:
    assert (Scale().runs(full=9, quick=2), Scale(quick=True).runs(full=9, quick=2)) == (9, 2)


def test_every_id_is_kebab_case() -> None:
    assert all(
        re.fullmatch(r"[a-z0-9-]+", id_) and entry.id == id_ for id_, entry in CLAIMS.items()
    )

"""The tournament's page counts what races say: firsts, ties, profiles, and who never arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.harness.results import Results
from gradmark.reports import tournament
from gradmark.reports.onepage import svg

TERMS = {"problems": ["hill", "dale"], "instances": 2, "tuned_on": 1, "rates": [0.1, 1.0, 10.0],
         "steps": 9, "share": 0.001}  # fmt: skip
# By optimizer, its steps on both problems; None is never.
STEPS: dict[str, list[list[int | None]]] = {
    "Adam": [[1, 2], [None, None]],
    "SGD": [[2, 2], [8, None]],
}


def race(formula: str, problem: str, steps: list[int | None], **more: Any) -> dict[str, Any]:
    return {"kind": "race", "implementation": "reference", "formula": formula, "dtype": "float64",
            "problem": problem, "rate": 10.0, "tuning": 1, "steps": steps, **more}  # fmt: skip


def run(*more: dict[str, Any]) -> Results:
    header = {"kind": "header", "seed": 0, "quick": False, "races": TERMS}
    races = [
        race(name, problem, steps)
        for name, both in STEPS.items()
        for problem, steps in zip(TERMS["problems"], both, strict=True)  # type: ignore[call-overload]  # of many types
    ]
    return Results(header, (*races, *more), None)


def test_a_tie_is_won_by_both_and_never_is_no_win() -> None:
    first = {racer.name: list(racer.first) for racer in tournament.racers(run())}
    assert first == {"Adam": [2, 0], "SGD": [1, 1]}


def test_a_profile_is_the_share_solved_within_a_factor_of_the_fewest() -> None:
    adam, sgd = sorted(tournament.racers(run()), key=lambda racer: racer.name)
    factors = np.array([1.0, 1.9, 2.0, 100.0])
    assert list(adam.profile(factors)[0]) == [0.5, 0.5, 0.5, 0.5]
    assert list(sgd.profile(factors)[0]) == [0.5, 0.5, 0.75, 0.75]
    _, low, high = sgd.profile(factors)
    # Wilson's interval of 2 in 4: ½ ± z √(1/16 + z²/64) / (1 + z²/4), z = 1.96
    half = 1.96 * (1 / 16 + 1.96**2 / 64) ** 0.5 / (1 + 1.96**2 / 4)
    assert (low[0], high[0]) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-4)


def test_each_who_raced_has_a_line_the_best_first() -> None:
    assert [*tournament.standings(run())] == [
        "SGD   first on 2, within twice the fastest on 3, solves 3 of 4",
        "Adam  first on 2, within twice the fastest on 2, solves 2 of 4",
    ]


def test_the_page_tells_who_wins_what_nobody_solves_and_which_rate_is_at_the_edge(
    tmp_path: Path,
) -> None:
    out = [race("Muon", each, [], rate=None, reason="it raised") for each in ("hill", "dale")]
    page = tournament.page(run(*out), tmp_path)
    assert "**SGD** has the most under its profile" in page
    assert "First most often, on 2 of them: **SGD**, **Adam**." in page
    assert "Nobody solves 1 of them." in page
    assert "| SGD | **2**<br>2 of 2<br>η 10 ↑ | –<br>1 of 2<br>η 10 ↑ |" in page
    assert "- reference Muon: it raised (on 2 of 2 problems)" in page
    assert (tmp_path / tournament.FIGURE).exists()


def test_time_to_the_target_is_steps_times_the_seconds_of_one(tmp_path: Path) -> None:
    pair = {"kind": "pair", "implementation": "mine", "formula": "SGD", "dtype": "float64",
            "baseline": "reference", "seconds": 1e-6, "baseline_seconds": 3e-6}  # fmt: skip
    larger = {**pair, "params": {"parameters": 100_000}, "baseline_seconds": 1.0}
    timed = Results({}, (larger, {**pair, "params": {"parameters": 1_000}}), None)
    page = tournament.page(run(), tmp_path, timed)
    assert "on 1,000 weights" in page
    assert "| SGD | 3 µs | 6 µs | – |" in page
    assert "| Adam | " not in page.partition("Time to the target")[2]


def test_in_the_page_a_profile_holds_each_share_to_the_next_factor() -> None:
    drawn = svg.profiles([1.0, 2.0, 4.0], {"<b>": [[0.0, 0.5, 1.0], [0.0] * 3, [1.0] * 3]})
    # 165 pixels from 1 to 4, a share of 1 at 100 above the foot at 130
    assert "44.0,130.0 126.5,130.0 126.5,80.0 209.0,80.0 209.0,30.0" in drawn
    assert "&lt;b&gt;: first on 0%, solved 100%" in drawn


def test_one_that_raced_on_some_problems_alone_has_no_profile(tmp_path: Path) -> None:
    results = run(race("Lion", "hill", [1, 1]))
    assert {racer.name for racer in tournament.racers(results)} == {"Adam", "SGD"}
    of_one_cut_off = tournament.page(Results(results.header, (), None), tmp_path)
    assert "2 problems, 2 instances of each" in of_one_cut_off
    assert "Who is first" not in of_one_cut_off

import json
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.suite.statistics import (
    Estimate,
    growth_exponent,
    median,
    ratio_of_medians,
    statistics,
)
from tests.schemas import RESULTS

RUNS = 100


def rng(seed: int = 20260503) -> np.random.Generator:
    return np.random.default_rng(seed)


def lognormal(median: float, rounds: int, draw: np.random.Generator) -> Any:
    return median * np.exp(0.3 * draw.standard_normal(rounds))


def bursty(median: float, rounds: int, draw: np.random.Generator) -> Any:
    """Rounds whose logarithm is an autoregression: what slows one slows its neighbours."""
    noise = 0.3 * draw.standard_normal(rounds)
    for i in range(1, rounds):
        noise[i] = 0.6 * noise[i - 1] + 0.8 * noise[i]
    return median * np.exp(noise)


def covered(estimates: list[Estimate], truth: float) -> float:
    return sum(e.low <= truth <= e.high for e in estimates) / len(estimates)


def test_the_median_and_quartiles_of_1_to_9_are_5_3_and_7() -> None:
    assert median([9.0, 1, 8, 2, 7, 3, 6, 4, 5]) == Estimate(5.0, 3.0, 7.0)


# 95% is nominal, few rounds and their blocks cost some: 400 runs have 0.90 at 9 rounds and 0.93 at
# 50. Of these 100, at their fixed seed, 91 and 90 hold the truth.
@pytest.mark.parametrize("rounds", [9, 50])
def test_the_interval_of_a_ratio_holds_the_truth_about_as_often_as_it_says(
    rounds: int,
) -> None:
    draw = rng()
    estimates = [
        ratio_of_medians(lognormal(3e-3, rounds, draw), lognormal(2e-3, rounds, draw), draw)
        for _ in range(RUNS)
    ]
    assert covered(estimates, 1.5) >= 0.88


def test_the_interval_of_a_ratio_narrows_as_one_over_the_root_of_the_rounds() -> None:
    draw = rng()

    def width(rounds: int) -> float:
        estimates = [
            ratio_of_medians(lognormal(1, rounds, draw), lognormal(1, rounds, draw), draw)
            for _ in range(20)
        ]
        return float(np.mean([e.high - e.low for e in estimates]))

    # Sixteen times the rounds: a quarter of the width, give or take 20 intervals' own scatter.
    assert width(25) / width(400) == pytest.approx(4, rel=0.3)


# Rounds drawn again one by one would hold the truth in three runs of four.
def test_the_interval_of_a_ratio_holds_up_where_rounds_are_slow_in_bursts() -> None:
    draw = rng()
    estimates = [
        ratio_of_medians(bursty(3, 100, draw), bursty(2, 100, draw), draw) for _ in range(RUNS)
    ]
    assert covered(estimates, 1.5) >= 0.85


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.2])
def test_the_growth_exponent_of_a_power_is_that_power(exponent: float) -> None:
    sizes = [10**3, 10**5, 10**7]
    found = growth_exponent(sizes, [[7e-6 * n**exponent] * 5 for n in sizes], rng())
    # Each logarithm, below 17, is good to a few u; their slope divides by 4.6 at least.
    assert [found.value, found.low, found.high] == pytest.approx([exponent] * 3, abs=1e-14)


def test_the_interval_of_a_growth_exponent_holds_the_true_one_about_as_often_as_it_says() -> None:
    draw = rng()
    sizes = [1, 16, 256]
    estimates = [
        growth_exponent(sizes, [lognormal(1e-5 * n**0.7, 30, draw) for n in sizes], draw)
        for _ in range(RUNS)
    ]
    assert covered(estimates, 0.7) >= 0.88


def test_the_same_seed_gives_the_same_interval() -> None:
    slow, fast = lognormal(2, 50, rng(1)), lognormal(1, 50, rng(2))
    first, second = (ratio_of_medians(slow, fast, rng(7)) for _ in range(2))
    assert first == second
    assert first != ratio_of_medians(slow, fast, rng(8))


def sample(name: str, batch: int, width: int, seconds: float) -> dict[str, Any]:
    return {
        "kind": "sample",
        "group": "backprop",
        "name": name,
        "params": {"batch": batch, "width": width},
        "element": "batch",
        "rounds": [seconds] * 3,
        "iterations": 1,
    }


SAMPLES = [
    sample("vectorized", 1, 4, 2.0),
    sample("loops", 1, 4, 3.0),
    sample("vectorized", 16, 4, 4.0),
    sample("loops", 16, 4, 48.0),
    sample("vectorized", 256, 4, 8.0),
    sample("vectorized", 1, 32, 9.0),
]


def found(estimator: str) -> dict[tuple[Any, ...], float]:
    return {
        (r["name"], *r["params"].values(), *r.get("sizes", ())): r["value"]
        for r in statistics(SAMPLES, seed=0)
        if r["estimator"] == estimator
    }


def test_every_sample_gets_its_median_and_the_median_per_element() -> None:
    assert found("median")["loops", 16, 4] == 48.0
    assert found("median per element")["loops", 16, 4] == 3.0
    assert len(found("median")) == len(found("median per element")) == len(SAMPLES)


def test_a_speed_up_is_given_only_where_both_forms_were_timed() -> None:
    assert found("ratio of medians") == {("vectorized", 1, 4): 1.5, ("vectorized", 16, 4): 12.0}


def test_growth_is_fitted_between_neighbouring_sizes_and_over_all_at_one_width() -> None:
    assert found("growth exponent") == pytest.approx(
        {
            ("loops", 4, 1, 16): 1.0,
            ("vectorized", 4, 1, 16): 0.25,
            ("vectorized", 4, 16, 256): 0.25,
            ("vectorized", 4, 1, 16, 256): 0.25,
        }
    )


def test_every_statistic_is_a_record_of_the_results_schema() -> None:
    records = json.loads(json.dumps(list(statistics(SAMPLES, seed=0))))
    assert len(records) == 2 * 6 + 2 + 4
    for record in records:
        RESULTS.validate(record)

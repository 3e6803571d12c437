"""Samples whose truth is known: how often the interval holds it, and what the verdict makes of it.

Of 100 intervals of 99 % three may miss: more would, by chance, once in 50 simulations. Seeds are
fixed, so that each count is one number.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired.statistics import (
    FEWEST_PROCESSES,
    Ratio,
    _medians_drawn_again,
    is_enough,
    ratio,
    student_t,
    verdict,
)

RUNS = 100
ROUNDS = 15

Generator = np.random.Generator
Machine = Callable[[int, Generator], Any]  # logarithms of rounds, by process


def calm(processes: int, rng: Generator) -> Any:
    """Buffers lie well or badly by 1 %, rounds scatter by 1 %."""
    process = 0.01 * rng.standard_normal((processes, 1))
    return process + 0.01 * rng.standard_normal((processes, ROUNDS))


def noisy(processes: int, rng: Generator) -> Any:
    """One round in five meets a neighbour, who doubles either side's time."""
    met = rng.random((processes, ROUNDS)) < 0.2
    return calm(processes, rng) + met * rng.choice([-0.7, 0.7], size=met.shape)


def drifting(processes: int, rng: Generator) -> Any:
    """The machine slows by a third during each process; both sides of a round feel it."""
    slowed = np.linspace(0, 0.3, ROUNDS)
    ours, theirs = calm(processes, rng) + slowed, calm(processes, rng) + slowed
    return ours - theirs


def bimodal(processes: int, rng: Generator) -> Any:
    """A process is 4 % slow or fast as a coin falls: buffers share a cache set, or do not."""
    return calm(processes, rng) + rng.choice([-0.02, 0.02], size=(processes, 1))


def bursty(processes: int, rng: Generator) -> Any:
    """What disturbs one round disturbs the next."""
    noise = 0.05 * rng.standard_normal((processes, ROUNDS))
    for i in range(1, ROUNDS):
        noise[:, i] = 0.8 * noise[:, i - 1] + 0.6 * noise[:, i]
    return noise


MACHINES = [calm, noisy, drifting, bimodal, bursty]


def compared(machine: Machine, truth: float, margin: float, rng: Generator) -> Ratio:
    """Compare as a run does: the fewest processes, and more until that is enough or 16 were had."""
    logs = machine(16, rng) + math.log(truth)
    for n in range(FEWEST_PROCESSES, 17, 2):
        found = ratio(logs[:n], rng)
        if is_enough(found, margin):
            break
    return found


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("processes", [3, 6, 10])
@pytest.mark.sweep
def test_the_interval_holds_the_true_ratio(machine: Machine, processes: int) -> None:
    rng = np.random.default_rng(20260503)
    found = [ratio(machine(processes, rng) + math.log(1.1), rng) for _ in range(RUNS)]
    missed = sum(not r.low <= 1.1 <= r.high for r in found)
    assert missed <= 3


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.sweep
def test_the_interval_holds_the_true_ratio_where_its_width_decides_when_to_stop(
    machine: Machine,
) -> None:
    rng = np.random.default_rng(20260504)
    found = [compared(machine, 1.02, 0.05, rng) for _ in range(RUNS)]
    missed = sum(not r.low <= 1.02 <= r.high for r in found)
    assert missed <= 3


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.sweep
def test_the_same_against_itself_is_not_called_slower_or_faster(machine: Machine) -> None:
    rng = np.random.default_rng(20260505)
    verdicts = [verdict(compared(machine, 1.0, 0.02, rng), 0.02) for _ in range(RUNS)]
    assert verdicts.count("slower") + verdicts.count("faster") <= 1


@pytest.mark.parametrize("machine", [calm, noisy, drifting, bimodal])
@pytest.mark.parametrize(("truth", "margin"), [(1.05, 0.02), (1.1, 0.05)])
@pytest.mark.sweep
def test_what_is_slower_is_called_slower(machine: Machine, truth: float, margin: float) -> None:
    rng = np.random.default_rng(20260506)
    verdicts = [verdict(compared(machine, truth, margin, rng), margin) for _ in range(RUNS)]
    assert verdicts.count("slower") >= (0.95 if machine is calm else 0.9) * RUNS


def test_the_same_is_called_the_same_on_a_calm_machine() -> None:
    rng = np.random.default_rng(20260507)
    verdicts = [verdict(compared(calm, 1.0, 0.05, rng), 0.05) for _ in range(RUNS)]
    assert verdicts.count("same") >= 0.95 * RUNS


def test_intervals_of_several_contenders_hold_together() -> None:
    rng = np.random.default_rng(20260508)
    missed = 0
    for _ in range(RUNS):
        # All are compared with one baseline, whose own scatter they share.
        baseline = calm(6, rng)
        found = [ratio(calm(6, rng) - baseline, rng, contenders=5) for _ in range(5)]
        missed += not all(r.low <= 1 <= r.high for r in found)
    assert missed <= 3


def test_more_contenders_mean_wider_intervals() -> None:
    rounds = calm(6, np.random.default_rng(1))
    one, five = (ratio(rounds, np.random.default_rng(2), contenders=k) for k in (1, 5))
    assert one.value == five.value
    assert five.low < one.low < one.high < five.high


def test_swapping_the_two_sides_inverts_ratio_and_interval() -> None:
    rounds = calm(6, np.random.default_rng(1))
    there, back = (ratio(sign * rounds, np.random.default_rng(2)) for sign in (1, -1))
    assert there.value == pytest.approx(1 / back.value, rel=1e-14)  # exp and 1/x round once each
    # Each width is of a bootstrap of its own, good to some 2 %.
    assert there.high / there.low - 1 == pytest.approx(back.high / back.low - 1, rel=0.1)


def test_the_same_seed_gives_the_same_interval() -> None:
    rounds = calm(6, np.random.default_rng(1))
    first, second = (ratio(rounds, np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_processes_may_have_had_different_numbers_of_rounds() -> None:
    found = ratio([[0.0, 0.1, 0.0], [0.0], [0.0, 0.0]], np.random.default_rng(0))
    assert found.value == 1


@pytest.mark.parametrize("rounds", [1, 2, 5, 8])
def test_medians_drawn_again_are_as_those_of_rounds_drawn_again(rounds: int) -> None:
    rng = np.random.default_rng(4)
    logs = np.arange(float(rounds))
    found = np.array([_medians_drawn_again(logs, rng) for _ in range(20)])
    drawn = np.median(logs[rng.integers(rounds, size=(20_000, rounds))], axis=1)
    # 20,000 draws each: a quantile's own error is within 0.012 of its rank.
    for value in np.arange(-0.25, rounds, 0.5):
        assert np.mean(found < value) == pytest.approx(np.mean(drawn < value), abs=0.02)


def test_one_process_has_no_interval() -> None:
    with pytest.raises(ValueError, match="processes: expected at least 2, got 1"):
        ratio([[0.1, 0.2]], np.random.default_rng(0))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.06, 1.2, "slower"),
        (1.04, 1.2, "inconclusive"),
        (0.96, 1.04, "same"),
        (0.94, 1.04, "inconclusive"),
        (0.8, 0.95, "faster"),
        (0.8, 0.96, "inconclusive"),
        (0.5, 2.0, "inconclusive"),
    ],
)
def test_a_verdict_is_where_the_whole_interval_lies(low: float, high: float, expected: str) -> None:
    assert verdict(Ratio(math.sqrt(low * high), low, high), 0.05) == expected


# Table 26.10 of Abramowitz and Stegun, five digits.
@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [
        (0.995, 1, 63.657),
        (0.995, 2, 9.925),
        (0.995, 3, 5.841),
        (0.995, 4, 4.604),
        (0.975, 7, 2.365),
        (0.9995, 9, 4.781),
        (0.995, 30, 2.750),
    ],
)
def test_student_t_is_as_tabulated(probability: float, freedom: int, quantile: float) -> None:
    assert student_t(probability, freedom) == pytest.approx(quantile, abs=5e-4)

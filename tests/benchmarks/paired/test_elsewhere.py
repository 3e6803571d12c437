import numpy as np
import pytest

from gradmark.benchmarks.paired.elsewhere import RULES, slower

MARGIN = 0.05


def blocks(ratio: float, noise: float, seed: int, processes: int = 8) -> list[list[float]]:
    """Draw times around 100 µs, of processes with 50 blocks each."""
    scatter = np.random.default_rng(seed).normal(0, noise, (processes, 50))
    times: list[list[float]] = (1e-4 * ratio * np.exp(scatter)).tolist()
    return times


@pytest.mark.parametrize("tool", RULES)
@pytest.mark.parametrize(
    ("ratio", "called"), [(0.9, False), (1.0, False), (1.03, False), (1.1, True)]
)
def test_with_little_noise_each_tool_calls_slower_what_is_beyond_the_margin(
    tool: str, ratio: float, called: bool
) -> None:
    assert RULES[tool](blocks(1, 0.002, 1), blocks(ratio, 0.002, 2), MARGIN) is called


def test_a_test_of_significance_keeps_a_tool_from_calling_few_scattered_values_slower() -> None:
    before = [[1.0, 2.0, 0.5]]
    after = [[1.1, 2.4, 0.6]]
    assert RULES["pytest-benchmark"](before, after, MARGIN)  # the means alone
    assert not RULES["pyperf"](before, after, MARGIN)
    assert not RULES["asv"](before, after, MARGIN)


def test_one_version_is_measured_after_the_other() -> None:
    # The machine becomes slower by half while the contender is the same code all the time.
    drift = blocks(1, 0.002, 3, processes=4) + blocks(1.5, 0.002, 4, processes=4)
    assert slower(drift, drift, MARGIN) == dict.fromkeys(RULES, True)

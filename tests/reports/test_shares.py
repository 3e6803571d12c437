import math

import pytest

from gradmark.reports.shares import Share, Z


@pytest.mark.parametrize("trials", [1, 2, 3, 7, 10, 28, 49, 100, 200, 333])
def test_a_share_lies_in_its_interval_even_at_none_and_all(trials: int) -> None:
    for hits in range(trials + 1):
        low, high = Share(hits, trials).interval
        assert 0 <= low <= hits / trials <= high <= 1
    assert Share(0, trials).interval[0] == 0
    assert Share(trials, trials).interval[1] == 1


@pytest.mark.parametrize(("hits", "trials"), [(1, 10), (5, 10), (29, 30), (3, 200)])
def test_the_ends_are_where_a_test_of_the_share_just_accepts(hits: int, trials: int) -> None:
    for p in Share(hits, trials).interval:
        assert abs(hits / trials - p) == pytest.approx(Z * math.sqrt(p * (1 - p) / trials))


def test_none_of_two_hundred_leaves_room_for_two_per_cent() -> None:
    # z² / (n + z²), by hand: 3.8415 / 203.8415
    assert Share(0, 200).interval[1] == pytest.approx(0.018845, abs=1e-6)

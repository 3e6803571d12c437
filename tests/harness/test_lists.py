"""Arguments and answers that are lists: of arrays, and of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gradmark.harness import wire, worker
from gradmark.harness.host import Contender, ContenderFault, ContenderImpure
from gradmark.harness.resolve import resolve

GRADIENTS = [np.array([1.0, 2.0]), np.array([[3.0]])]


@pytest.fixture(scope="module")
def lists() -> Iterator[Contender]:
    with Contender(resolve("lists.py", Path(__file__).parent / "contenders")) as contender:
        yield contender


def test_a_list_of_numbers_arrives_as_python_s_own(lists: Contender) -> None:
    assert lists.call("multi_step_decay", 5, 1.0, [2, 4], 0.5) == 0.25


def test_a_list_of_arrays_comes_back_as_one(lists: Contender) -> None:
    for got, sent in zip(lists.call("clip_by_global_norm", GRADIENTS, 1.0), GRADIENTS, strict=True):
        assert np.array_equal(got, sent)
    (alone,) = lists.call("clip_by_global_norm", GRADIENTS[:1], 1.0)
    assert alone.shape == (2,)


def test_who_writes_to_an_array_of_a_list_writes_to_its_input(lists: Contender) -> None:
    with pytest.raises(ContenderImpure, match="wrote to its input gradients"):
        lists.call("clip_by_global_norm", GRADIENTS, 2.0)


@pytest.mark.parametrize(
    ("max_norm", "says"),
    [
        (3.0, "returned list of length 1, expected 2 arrays"),
        (4.0, r"returned for gradients\[1\] an array of shape \(1,\), expected shape \(1, 1\)"),
    ],
)
def test_a_list_of_other_arrays_is_refused(lists: Contender, max_norm: float, says: str) -> None:
    with pytest.raises(ContenderFault, match=says):
        lists.call("clip_by_global_norm", GRADIENTS, max_norm)


def test_lists_survive_the_way_to_another_process() -> None:
    sent = [np.array([1.0, -0.0]), [2**40, 0.5]]
    got = worker.decode(worker.encode(sent))
    assert np.asarray(got[0]).tobytes() == np.asarray(sent[0]).tobytes()
    assert got[1] == sent[1]


def test_the_line_protocol_spells_a_list_as_a_list() -> None:
    assert wire.argument([1, 0.5]) == [1, 0.5]
    assert wire.argument(GRADIENTS) == list(map(wire.array, GRADIENTS))
    assert wire.hyperparameter([np.float64(0.5), 2]) == [0.5, 2]

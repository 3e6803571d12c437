"""What takes long is left out unless it is asked for, and nothing else is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest

SLOW, SWEPT, QUICK = "slow", "swept", "quick"


class Item:
    """As much of a test as the choice looks at."""

    def __init__(self, nodeid: str, mark: str = "") -> None:
        self.nodeid, self.mark = nodeid, mark

    def get_closest_marker(self, name: str) -> str | None:
        return self.mark if self.mark == name else None


def chosen(*arguments: str, thorough: bool = False) -> tuple[list[str], list[str]]:
    """Choose from one slow test, a sweep of thirty, a sweep of one and a quick test."""
    sweep = [Item(f"{SWEPT}[{i}]", "sweep") for i in range(30)]
    items: list[Any] = [Item(SLOW, "thorough"), *sweep, Item("alone[0]", "sweep"), Item(QUICK)]
    left: list[str] = []

    def told(items: list[Item]) -> None:
        left.extend(item.nodeid for item in items)

    hook = SimpleNamespace(pytest_deselected=told)
    config: Any = SimpleNamespace(getoption=lambda _: thorough, args=arguments, hook=hook)
    conftest.pytest_collection_modifyitems(config, items)
    return [item.nodeid for item in items], left


def test_of_a_sweep_one_in_twelve_is_tried_and_at_least_one() -> None:
    kept, left = chosen("tests")
    assert sum(name.startswith(SWEPT) for name in kept) == 3
    assert {"alone[0]", QUICK} <= {*kept}
    assert SLOW in left
    assert len(kept) + len(left) == 33


def test_the_same_ones_are_tried_each_time() -> None:
    assert chosen("tests") == chosen("tests/conformance")


@pytest.mark.parametrize(
    ("arguments", "thorough"), [(("tests",), True), ((f"tests/test_x.py::{SLOW}",), False)]
)
def test_who_asks_for_all_or_for_one_by_its_name_gets_it(
    arguments: tuple[str, ...], thorough: bool
) -> None:
    kept, left = chosen(*arguments, thorough=thorough)
    assert (len(kept), left) == (33, [])

"""What a property declares beside itself: something wrong that it must reject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def rejects(**bodies: Any) -> Callable[[Test], Test]:
    """Declare bodies, by the formula's name, that must break this property.

    The formulas that a property asks for and that are not named here are taken from `reference`.
    May be stacked: each use is one wrong thing that must be rejected.
    """

    def declare(test: Test) -> Test:
        wrong: list[dict[str, Any]] = getattr(test, "wrong", [])
        test.wrong = [bodies, *wrong]  # type: ignore[attr-defined]  # read by the tests of judges
        return test

    return declare

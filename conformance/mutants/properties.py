"""The properties of `conformance/`, tried in this process."""

from __future__ import annotations

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hypothesis import Phase, settings

from gradmark import reference
from gradmark.conformance import theorem
from gradmark.conformance.engine.subject import local
from gradmark.harness.contract import CONTRACT

CONFORMANCE = Path(theorem.__file__).parent


class Property(NamedTuple):
    """One property: a test function that asks for formulas of the contract."""

    name: str
    test: Callable[..., None]

    @property
    def formulas(self) -> list[str]:
        """The formulas that it asks for."""
        return [name for name in inspect.signature(self.test).parameters if name in CONTRACT]

    @property
    def wrong(self) -> list[Mapping[str, Any]]:
        """What it declares that it rejects."""
        return getattr(self.test, "wrong", [])

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The combinations of its parametrized arguments, each mark of one name."""
        marks = [m for m in getattr(self.test, "pytestmark", []) if m.name == "parametrize"]
        rows = itertools.product(*(mark.args[1] for mark in marks))
        return [dict(zip((m.args[0] for m in marks), row, strict=True)) for row in rows]

    @property
    def drawn(self) -> bool:
        """Whether Hypothesis draws its inputs."""
        return hasattr(self.test, "hypothesis")

    def holds(self, bodies: Mapping[str, Any], dtype: str, setting: Mapping[str, Any]) -> bool:
        """Try it with `bodies` in the place of some of its formulas."""
        return self.broken(bodies, dtype, setting) is None

    def broken(
        self, bodies: Mapping[str, Any], dtype: str, setting: Mapping[str, Any]
    ) -> AssertionError | None:
        """Try it; return what it objects to."""
        mine = {name: bodies.get(name, getattr(reference, name)) for name in self.formulas}
        formulas = {name: local(name, dtype, body) for name, body in mine.items()}
        try:
            # A contender's overflow is a warning in a process of its own, and fails nothing here.
            with np.errstate(all="ignore"):
                self.test(**formulas, **setting)
        except AssertionError as error:
            return error
        return None

    def seeded(self, seed: int) -> None:
        """Draw other inputs from now on."""
        self.test._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # what `@seed` sets


def properties(examples: int, *, derandomize: bool) -> list[Property]:
    """Import every property with a profile of its own, without a search for small failures."""
    settings.register_profile(
        "judges",
        max_examples=examples,
        derandomize=derandomize,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
    )
    # A property takes its settings over when it is imported.
    before = settings.get_current_profile_name()
    settings.load_profile("judges")
    found = list(_all())
    settings.load_profile(before)
    return found


def _all() -> Iterator[Property]:
    for path in sorted(CONFORMANCE.glob("test_*.py")):
        module = importlib.import_module(f"gradmark.conformance.{path.stem}")
        for name, test in inspect.getmembers(module, inspect.isfunction):
            found = Property(f"{path.stem}::{name}", test)
            if name.startswith("test_") and found.formulas:
                yield found

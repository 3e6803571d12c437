"""Every property of `conformance/` must reject what it declares to be wrong."""

from __future__ import annotations

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, settings

import reference
from conformance import theorem
from conformance.subject import local
from harness.contract import CONTRACT

CONFORMANCE = Path(theorem.__file__).parent
DTYPES = ("float64", "float32")

# No shrinking: that a property fails is all that is asked.
settings.register_profile(
    "judges",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
)


class Property(NamedTuple):
    """One property: a test function that asks for formulas of the contract."""

    name: str
    test: Callable[..., None]

    @property
    def formulas(self) -> list[str]:
        return [name for name in inspect.signature(self.test).parameters if name in CONTRACT]

    @property
    def wrong(self) -> list[Mapping[str, Any]]:
        return getattr(self.test, "wrong", [])

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The combinations of its parametrized arguments, each mark of one name."""
        marks = [m for m in getattr(self.test, "pytestmark", []) if m.name == "parametrize"]
        rows = itertools.product(*(mark.args[1] for mark in marks))
        return [dict(zip((m.args[0] for m in marks), row, strict=True)) for row in rows]

    def holds(self, wrong: Mapping[str, Any], dtype: str, setting: Mapping[str, Any]) -> bool:
        """Try it with `wrong` in the place of some of its formulas."""
        bodies = {name: wrong.get(name, getattr(reference, name)) for name in self.formulas}
        formulas = {name: local(name, dtype, body) for name, body in bodies.items()}
        try:
            # A contender's overflow is a warning in a process of its own, and fails nothing here.
            with np.errstate(all="ignore"):
                self.test(**formulas, **setting)
        except AssertionError:
            return False
        return True


def _properties() -> Iterator[Property]:
    for path in sorted(CONFORMANCE.glob("test_*.py")):
        module = importlib.import_module(f"conformance.{path.stem}")
        for name, test in inspect.getmembers(module, inspect.isfunction):
            found = Property(f"{path.stem}::{name}", test)
            if name.startswith("test_") and found.formulas:
                yield found


def _with_the_judges_profile() -> list[Property]:
    # A property takes its settings over when it is imported.
    before = settings.get_current_profile_name()
    settings.load_profile("judges")
    found = list(_properties())
    settings.load_profile(before)
    return found


PROPERTIES = _with_the_judges_profile()
WRONG = [
    pytest.param(found, wrong, id=f"{found.name}-{i}")
    for found in PROPERTIES
    for i, wrong in enumerate(found.wrong)
]


def test_there_is_a_property_of_every_formula() -> None:
    asked = {name for found in PROPERTIES for name in found.formulas}
    assert sorted(set(CONTRACT) - asked) == []


@pytest.mark.parametrize("found", PROPERTIES, ids=lambda found: found.name)
def test_every_property_declares_something_wrong(found: Property) -> None:
    assert found.wrong
    assert all(set(bodies) <= set(found.formulas) and bodies for bodies in found.wrong)


@pytest.mark.parametrize(("found", "wrong"), WRONG)
def test_what_is_declared_wrong_is_rejected(found: Property, wrong: Mapping[str, Any]) -> None:
    tries = itertools.product(DTYPES, found.settings)
    assert not all(found.holds(wrong, dtype, setting) for dtype, setting in tries)


@theorem.rejects(relu=abs)
def says_nothing(relu: Callable[[float], float]) -> None:
    assert relu(1.0) == relu(1.0)


@theorem.rejects(relu=lambda z: z / "")
def cannot_run(relu: Callable[[float], float]) -> None:
    assert relu(1.0) == 1.0


def test_a_property_that_says_nothing_rejects_nothing() -> None:
    found = Property("says nothing", says_nothing)
    assert found.holds(found.wrong[0], "float64", {})


def test_a_body_that_cannot_run_is_no_proof_of_sight() -> None:
    found = Property("cannot run", cannot_run)
    with pytest.raises(TypeError):
        found.holds(found.wrong[0], "float64", {})

"""Every property of `conformance/` must reject what it declares to be wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gradmark.conformance import theorem
from gradmark.conformance.engine.run import DTYPES
from gradmark.conformance.mutants.properties import Property, properties
from gradmark.harness.contract import CONTRACT

PROPERTIES = properties(examples=60, derandomize=True)
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

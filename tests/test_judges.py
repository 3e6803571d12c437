"""Every property of `conformance/` must reject what it declares to be wrong."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties import theorem
from gradmark.conformance.properties.asked import local
from gradmark.conformance.properties.property import Broken, Draws, Property, properties
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL

PROPERTIES = properties()
DRAWS = Draws(examples=60)
WRONG = [
    pytest.param(found, wrong, id=f"{found.name}-{i}")
    for found in PROPERTIES
    for i, wrong in enumerate(found.wrong)
]


def broken(
    found: Property, wrong: Mapping[str, Any], dtype: str, setting: Mapping[str, Any]
) -> Broken | None:
    bodies = {name: wrong.get(name, getattr(reference, name)) for name in found.formulas}
    asked = {name: local(name, dtype, body) for name, body in bodies.items()}
    return found.broken(asked, DRAWS, setting)


def test_there_is_a_property_of_every_formula() -> None:
    asked = {name for found in PROPERTIES for name in found.formulas}
    assert sorted(set(CONTRACT) - asked) == []


@pytest.mark.parametrize("found", PROPERTIES, ids=lambda found: found.name)
def test_every_property_declares_something_wrong(found: Property) -> None:
    assert found.wrong
    assert all(set(bodies) <= set(found.formulas) and bodies for bodies in found.wrong)


@pytest.mark.parametrize(("found", "wrong"), WRONG)
@pytest.mark.sweep
def test_what_is_declared_wrong_is_rejected(found: Property, wrong: Mapping[str, Any]) -> None:
    tries = itertools.product(USUAL, found.settings)
    assert any(broken(found, wrong, dtype, setting) for dtype, setting in tries)


@theorem.rejects(relu=abs)
def says_nothing(relu: Callable[[float], float]) -> None:
    assert relu(1.0) == relu(1.0)


@theorem.rejects(relu=lambda z: z / "")
def cannot_run(relu: Callable[[float], float]) -> None:
    assert relu(1.0) == 1.0


def test_a_property_that_says_nothing_rejects_nothing() -> None:
    found = Property("says nothing", says_nothing)
    assert broken(found, found.wrong[0], "float64", {}) is None


def test_a_body_that_cannot_run_is_no_proof_of_sight() -> None:
    found = Property("cannot run", cannot_run)
    with pytest.raises(TypeError):
        broken(found, found.wrong[0], "float64", {})


DRAWN = """
import sys
from gradmark import reference
from gradmark.conformance.properties.asked import local
from gradmark.conformance.properties.property import Draws, properties_of
if len(sys.argv) > 1:
    import odd
asked = []
def cosine(*given):
    asked.append(given)
    return reference.cosine_annealing(*given)
for found in properties_of("cosine_annealing"):
    for setting in found.settings:
        body = local("cosine_annealing", "float64", cosine)
        found.broken({"cosine_annealing": body}, Draws(100, 7), setting)
print(len(asked), asked)
"""


@pytest.mark.thorough
def test_what_is_drawn_hangs_on_no_module_that_happens_to_be_imported(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(f"ODD = {[*range(3, 200, 7)]}\nMORE = {[37, 41, 43, 97]}\n")
    drawn = [
        subprocess.run(
            [sys.executable, "-c", DRAWN, *more],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for more in ((), ("with odd",))
    ]
    assert int(drawn[0].split()[0]) > 300
    assert drawn[0] == drawn[1]


@theorem.drawn(n=st.integers(0, 1000))
@theorem.rejects(relu=abs)
def keeps_its_number(relu: Callable[[float], float], n: int) -> None:
    assert relu(n) == n


def test_who_comes_second_is_asked_the_same_and_shown_the_smallest() -> None:
    found, draws = Property("keeps its number", keeps_its_number), Draws(60, 3, shrink=True)
    asked: dict[str, list[float]] = {"first": [], "second": []}

    def told(name: str) -> Broken | None:
        def body(z: float) -> float:
            asked[name].append(float(z))
            return z

        return found.broken({"relu": body}, draws, {})

    assert told("first") is None
    assert told("second") is None
    assert asked["first"] == asked["second"]
    assert len(set(asked["first"])) > 20
    wrong = found.broken({"relu": lambda z: z + (z > 40)}, draws, {})
    assert wrong is not None
    assert wrong.input == "n=41"

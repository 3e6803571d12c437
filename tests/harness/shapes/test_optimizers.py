"""An optimizer is recognised in whatever shape it comes, and what is wrong is named alike."""

from __future__ import annotations

import pytest

from tests.harness.shapes.adams import SHAPES, adam
from tests.harness.shapes.conftest import Verdict


@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_adam_conforms_in_every_shape(verdict: Verdict, shape: str) -> None:
    found = verdict(adam(shape), "Adam")
    assert (found["verdict"], found["variant"]) == ("conforms", None), found["detail"]
    assert found["binding"].startswith("Adam ← ")


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "state passed"])
def test_a_mistake_has_the_same_name_in_every_shape(verdict: Verdict, shape: str) -> None:
    found = verdict(adam(shape, counter="t + 1"), "Adam")
    assert (found["verdict"], found["variant"]) == ("deviates", "counter-starts-at-two")
    assert found["reproduce"].startswith("gradmark check ")


def test_a_constant_in_the_code_is_judged_at_its_value(verdict: Verdict) -> None:
    found = verdict(adam("epsilon written into it"), "Adam")
    assert found["binding"] == "Adam ← Adam.step(w, grad); ε fixed at 1e-06"
    assert "any epsilon" in found["not_asked"]


def test_whoever_is_handed_the_counter_is_not_accused_of_where_it_starts(verdict: Verdict) -> None:
    found = verdict(adam("state passed", counter="t + 1"), "Adam")
    assert found["verdict"] == "unbound"
    assert "in another way it would be conforms" in found["detail"]

"""An optimizer is recognised in whatever shape it comes, and what is wrong is named alike."""

from __future__ import annotations

import pytest

from tests.harness.shapes.adams import SHAPES, adam
from tests.harness.shapes.conftest import Verdict

# Who is handed the counter, or a dict for it, may be meant to begin elsewhere.
OPEN = ("state passed", "state held in a dict")
MISTAKES = {
    "counter-starts-at-two": ("({t})", "({t} + 1)"),
    "first-moment-not-corrected": ("m / (1 - b1 ** ({t})), ", "m, "),
    "second-moment-not-corrected": ("v / (1 - b2 ** ({t}))", "v"),
}
CHEAP = ("update", "dicts in place", "settings in a dict", "a training loop", "two functions")


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("shape", CHEAP)
def test_each_mistake_has_its_own_name_through_every_shape(
    verdict: Verdict, mistake: str, shape: str
) -> None:
    right, wrong = (its.replace("{t}", "t") for its in MISTAKES[mistake])
    source = adam(shape).replace(right, wrong)
    assert source != adam(shape)
    found = verdict(source, "Adam")
    assert (found["verdict"], found["variant"]) == ("deviates", mistake), found["detail"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_adam_conforms_in_every_shape(verdict: Verdict, shape: str) -> None:
    found = verdict(adam(shape), "Adam")
    assert (found["verdict"], found["variant"]) == ("conforms", None), found["detail"]
    assert found["binding"].startswith("Adam ← ")


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in OPEN])
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


ADADELTA = """
import numpy as np

class Adadelta:
    def __init__(self, rho=0.95, eps=1e-6):
        self.rho, self.eps, self.s, self.d = rho, eps, 0.0, 0.0

    def update(self, w, grad):
        self.s = self.rho * self.s + (1 - self.rho) * grad**2
        move = grad * np.sqrt(self.d + self.eps) / np.sqrt(self.s + self.eps)
        self.d = self.rho * self.d + (1 - self.rho) * move**2
        return w - {factor} * move
"""


def test_steps_without_a_rate_are_steps_at_one(verdict: Verdict) -> None:
    found = verdict(ADADELTA.format(factor=1), "Adadelta")
    assert found["verdict"] == "conforms"
    assert "lr fixed at 1" in found["binding"]


def test_a_rate_inside_the_step_is_not_taken_for_a_mistake(verdict: Verdict) -> None:
    assert verdict(ADADELTA.format(factor=0.5), "Adadelta")["verdict"] == "unbound"

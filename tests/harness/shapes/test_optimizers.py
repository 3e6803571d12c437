"""An optimizer is recognised in whatever shape it comes, and what is wrong is named alike."""

from __future__ import annotations

import pytest

from tests.harness.shapes.adams import SHAPES, adam
from tests.harness.shapes.conftest import Verdict

# Who is handed the counter, or a dict for it, may be meant to begin elsewhere.
OPEN = ("state passed", "state held in a dict")
MISTAKES = {
    "first-moment-not-corrected": ("m / (1 - b1 ** ({t})), ", "m, "),
    "second-moment-not-corrected": ("v / (1 - b2 ** ({t}))", "v"),
}
CHEAP = ("update", "dicts in place", "settings in a dict", "a training loop", "two functions")


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("shape", CHEAP)
@pytest.mark.sweep
def test_each_mistake_has_its_own_name_through_every_shape(
    verdict: Verdict, mistake: str, shape: str
) -> None:
    right, wrong = (its.replace("{t}", "t") for its in MISTAKES[mistake])
    source = adam(shape).replace(right, wrong)
    assert source != adam(shape)
    found = verdict(source, "Adam")
    assert (found["verdict"], found["variant"]) == ("deviates", mistake), found["detail"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.sweep
def test_a_right_adam_conforms_in_every_shape(verdict: Verdict, shape: str) -> None:
    found = verdict(adam(shape), "Adam")
    assert (found["verdict"], found["variant"]) == ("conforms", None), found["detail"]
    assert found["binding"].startswith("Adam ← ")


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in OPEN])
@pytest.mark.sweep
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


ADAFACTOR = """
import numpy as np

class Adafactor:
    def __init__(self, lr=None, eps=(1e-30, 1e-3), clip_threshold=1.0, decay_rate=-0.8,
                 relative_step=True):
        assert not relative_step, "the rate is given"
        self.lr, self.eps, self.d, self.decay_rate = lr, eps, clip_threshold, decay_rate
        self.row = self.col = self.sq = self.step_count = 0

    def update(self, w, g):
        self.step_count += 1
        if not w.size:
            return w
        beta = 1 - self.step_count ** self.decay_rate
        sq = g ** 2 + self.eps[0]
        if g.ndim > 1:
            self.row = beta * self.row + (1 - beta) * sq.mean(-1)
            self.col = beta * self.col + (1 - beta) * sq.mean(-2)
            share = self.row / self.row.mean(-1, keepdims=True)
            u = g / np.sqrt(share[..., None] * self.col[..., None, :])
        else:
            self.sq = beta * self.sq + (1 - beta) * sq
            u = g / np.sqrt(self.sq)
        u = u / max(1.0, np.sqrt((u ** 2).mean()) / self.d)
        return w - self.lr * max(self.eps[1], np.sqrt((w ** 2).mean())) * u
"""


def test_two_parameters_in_one_and_an_exponent_of_the_other_sign_are_understood(
    verdict: Verdict,
) -> None:
    found = verdict(ADAFACTOR, "Adafactor")
    assert (found["verdict"], found["variant"]) == ("conforms", None), found["detail"]
    turned = verdict(ADAFACTOR.replace("u / max(1.0", "u / min(1.0"), "Adafactor")
    assert (turned["verdict"], turned["variant"]) == ("deviates", "clipping-upside-down")


MUON = """
import numpy as np

class Muon:
    def __init__(self, lr=0.02):
        self.lr, self.v = lr, 0

    def step(self, w, g):
        self.v = {mu} * self.v + (1 - {mu}) * g
        x = {mu} * self.v + (1 - {mu}) * g
        x = x / (np.linalg.norm(x) + 1e-7)
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        for _ in range({steps}):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        return w - self.lr * max(1, w.shape[0] / max(w.shape[1], 1)) ** 0.5 * (x.T if tall else x)
"""


@pytest.mark.parametrize(
    ("mu", "steps", "due"), [(0.95, 5, "conforms"), (0.9, 5, "conforms"), (0.95, 7, "unbound")]
)
@pytest.mark.thorough
def test_what_is_written_into_a_class_of_the_contracts_name_is_read_and_else_accuses_nobody(
    verdict: Verdict, mu: float, steps: int, due: str
) -> None:
    found = verdict(MUON.format(mu=mu, steps=steps), "Muon")
    assert (found["verdict"], found["variant"]) == (due, None), found["detail"]
    assert f"momentum fixed at {mu}" in found["binding"]


def test_a_class_of_the_contracts_name_may_do_without_a_rate(verdict: Verdict) -> None:
    source = ADADELTA.format(factor=1).replace("update", "step").replace("eps", "epsilon")
    found = verdict(source, "Adadelta")
    assert (found["verdict"], found["variant"]) == ("conforms", None), found["detail"]

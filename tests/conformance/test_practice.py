"""What was saved is resumed by a fresh process; what makes no sense is given, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark import reference
from gradmark.conformance.engine.practice import practised
from gradmark.harness.host import Contender
from gradmark.harness.in_process import InProcess
from gradmark.harness.resolve import Target, resolve

RMSPROP = """
import numpy as np

SEEN = {{}}


class RMSprop:
    def __init__(self, lr=0.01, beta=0.9, epsilon=1e-8):
        if lr < 0:
            raise ValueError("lr is negative")
        self.lr, self.beta, self.epsilon, self.seen = lr, beta, epsilon, {{}}

    def {step}(self, w, grad):
        {cache}["v"] = self.beta * {cache}.get("v", 0.0) + (1 - self.beta) * grad**2
        return w - self.lr * grad / (np.sqrt({cache}["v"]) + self.epsilon)
"""


def told(tmp_path: Path, *, cache: str, step: str, fresh: bool) -> dict[str, tuple[str, str]]:
    (tmp_path / "mine.py").write_text(RMSPROP.format(cache=cache, step=step), encoding="utf-8")
    with Contender(resolve("mine.py", tmp_path)) as contender:
        checks = practised(contender, "RMSprop", fresh=fresh)
        return {check: (outcome, seen) for check, outcome, seen in checks}


@pytest.mark.parametrize("step", ["step", "update"])
def test_an_object_goes_on_from_its_pickle_in_a_fresh_process(tmp_path: Path, step: str) -> None:
    found = told(tmp_path, cache="self.seen", step=step, fresh=True)
    assert found["resumes from a pickle"] == ("passed", "in a fresh process")


def test_what_a_module_keeps_is_lost_with_its_process(tmp_path: Path) -> None:
    found = told(tmp_path, cache="SEEN", step="step", fresh=True)
    assert found["resumes from a pickle"][0] == "differs"


@pytest.mark.thorough
def test_what_is_judged_in_this_process_is_resumed_by_another_object() -> None:
    contender = InProcess(reference, Target("reference"))
    [found] = practised(contender, "RMSprop", fresh=True)
    assert found == ("resumes from a pickle", "passed", "")


def test_nonsense_may_be_refused_or_taken_and_both_are_told(tmp_path: Path) -> None:
    found = told(tmp_path, cache="self.seen", step="update", fresh=False)
    assert found["lr = -1.0"] == ("refused", "ValueError: lr is negative")
    assert found["beta = 1.5"] == ("passed", "it is taken")


MUON = """
import numpy as np


class Muon:
    def __init__(self, lr=0.02, momentum=0.95):
        self.lr, self.momentum, self.v = lr, momentum, 0.0

    def update(self, w, grad):
        assert w.ndim == 2, "of matrices"
        self.v = self.momentum * self.v + grad
        u, _, v = np.linalg.svd(grad + self.momentum * self.v, full_matrices=False)
        return w - self.lr * u @ v
"""


def test_what_steps_matrices_is_given_matrices_with_nonsense(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MUON, encoding="utf-8")
    with Contender(resolve("mine.py", tmp_path)) as contender:
        checks = [*practised(contender, "Muon", fresh=False)]
    assert ("momentum = -1.0", "passed", "it is taken") in checks

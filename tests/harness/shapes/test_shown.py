"""How a formula was called is shown wherever its verdict is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.command.line import run
from gradmark.harness.in_process import in_process
from tests.harness.shapes.adams import adam

CALLED = "Adam ← MyAdamOptimizer.step(w, grad)"


def test_the_terminal_and_junit_tell_how_a_formula_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(adam("another name"), encoding="utf-8")
    asked = ("check", "mine.py", "--formula", "Adam", "--dtype", "float64", "--quiet")
    assert run([*asked, "--junitxml", "junit.xml"]) == 0
    assert f"  {CALLED}\n" in capsys.readouterr().out
    assert f"<system-out>{CALLED}</system-out>" in Path("junit.xml").read_text(encoding="utf-8")


class Listed:
    """An Adam over lists and dicts of arrays, of which the squares are forgotten."""

    def __init__(
        self, params: Any, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m = [np.zeros_like(p) for p in params]
        self.v, self.t = {i: np.zeros_like(p) for i, p in enumerate(params)}, 0

    def step(self, grads: Any) -> None:
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads, strict=True)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            p -= self.lr * self.m[i] / (1 - self.beta1**self.t) / (np.sqrt(v_hat) + self.eps)


def test_what_an_optimizer_keeps_is_shown_whatever_its_shape() -> None:
    with in_process(Listed, "Adam") as contender:
        given = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8}
        with contender.optimizer("Adam", **given) as optimizer:
            optimizer.step(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
            shown = {name: value.tolist() for name, value in optimizer.state().items()}
    assert shown == {"t": 1, "m": [1.0, 2.0], "v": [0.5, 1.0]}

"""Of a near miss, lines to paste are printed: with something in the place of each ?, they work."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.conformance.engine.subject import subject_of
from gradmark.harness.declarations import declared, lines_to_paste
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

SOURCE = """
import numpy as np


class Adam:
    def __init__(self, speed, p, q, fuzz):
        self.speed, self.p, self.q, self.fuzz = speed, p, q, fuzz
        self.m, self.v, self.n = 0.0, 0.0, 0

    def move(self, here, slope):
        self.n += 1
        self.m = self.p * self.m + (1 - self.p) * slope
        self.v = self.q * self.v + (1 - self.q) * slope**2
        m, v = self.m / (1 - self.p**self.n), self.v / (1 - self.q**self.n)
        return here - self.speed * m / (np.sqrt(v) + self.fuzz)


def sgd(a, b, c):
    return a - c * b


def momentum_step(x, v, d, h, k):
    v = k * v + h * d
    return x - v, v


def rmsprop_rule(x, d, state, h, k, e):
    state["s"] = k * state["s"] + (1 - k) * d**2
    return x - h * d / np.sqrt(state["s"] + e), state


class Adagrad:
    def __init__(self, p0, speed):
        self.p, self.speed, self.h = p0, speed, np.zeros_like(p0)

    def advance(self, slope, mask):
        self.h += mask * slope**2
        self.p = self.p - self.speed * slope / (np.sqrt(self.h) + 1e-10)
        return self.p


def log_loss(a, b):
    return -np.mean(a * np.log(b + 1e-12) + (1 - a) * np.log(1 - b + 1e-12))


class MSE:
    def loss(self, a, b):
        return np.mean((a - b) ** 2)

    def gradient(self, a, b):
        return 2 * (b - a) / a.size


def relu(v, w):
    return np.maximum(v, 0) + 0 * w
"""
PUT = {
    "Adam": ("lr", "beta1", "beta2", "w"),
    "SGD": ("w", "grad", "lr"),
    "SGDMomentum": ("grad", "lr", "momentum"),
    "RMSprop": ("grad", "lr", "beta", "epsilon"),
    "Adagrad": ("w", "lr", "1"),
    "binary_cross_entropy": ("y_true", "y_pred"),
    "relu": ("z", "0"),
    "mse_loss_grad": ("y_true", "y_pred"),
}


@pytest.mark.parametrize("formula", PUT)
@pytest.mark.sweep
def test_the_lines_that_are_printed_declare_it(formula: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")
    target = resolve("mine.py", tmp_path)
    with Contender(target) as contender:
        assert formula in contender.bindings().unbound
        call = contender.bindings().calls[formula]
    assert call.count("?") == len(PUT[formula]), call
    for put in PUT[formula]:
        call = call.replace("?", put, 1)
    lines = "\n".join(lines_to_paste(formula, call))
    (tmp_path / "gradmark.toml").write_text(lines, encoding="utf-8")
    with Contender(declared(target)) as contender:
        found = subject_of(contender, "float64").judgement(formula)
    assert found.verdict in ("conforms", "dialect"), found.detail

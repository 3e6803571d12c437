"""How code of many kinds is bound, told by its binding alone: one file, and one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

SOURCE = """
import numpy as np


class SGD:
    def __init__(self, model, lr=0.1):
        self.params, self.grads, self.lr = model.params, model.grads, lr

    def step(self):
        for p, g in zip(self.params, self.grads):
            p -= self.lr * g


class Momentum:
    def __init__(self, modules, lr=0.1, momentum=0.9):
        self.modules, self.lr, self.momentum = modules, lr, momentum
        self.v = [{k: np.zeros(p.shape) for k, p in m.params().items()} for m in modules]

    def step(self):
        for v, module in zip(self.v, self.modules):
            params, grads = module.params(), module.grads()
            for key in params:
                v[key] = self.momentum * v[key] + grads[key]
                params[key] -= self.lr * v[key]


class Base:
    def __init__(self, lr=0.1, clip=-1, lr_max=np.inf):
        self.lr, self.clip, self.lr_max = lr, clip, lr_max


class Adagrad(Base):
    def __init__(self, epsilon=1e-7, **kwargs):
        super().__init__(**kwargs)
        self.epsilon, self.sums = epsilon, 0.0

    def update(self, w, g):
        assert self.clip < 0
        self.sums = self.sums + g * g
        return w - min(self.lr, self.lr_max) * g / (np.sqrt(self.sums) + self.epsilon)


class Module:
    def __call__(self, *args):
        return self.forward(*args)


class Softplus(Module):
    def forward(self, x):
        self.last = x
        return np.logaddexp(0, x)

    def derivative(self, x=None):
        x = x if x is not None else self.last
        return 1 / (1 + np.exp(-x))


class Softmax(Module):
    def forward(self, x):
        assert x.ndim == 2
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def relu_deriv(x):
    return (x > 0) * 1.0


def relu6_deriv(x):
    return ((x > 0) & (x < 6)) * 1.0


def cross_entropy(softmax_out, y):
    p = softmax_out.clip(1e-12, 1 - 1e-12)
    return -np.mean(np.sum(y * np.log(p), axis=1))


def bce(sigmoid_output, target):
    p = np.clip(sigmoid_output.copy(), 1e-7, 1 - 1e-7)
    return -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
"""
CALLS = {
    "SGD": "SGD.step()",
    "SGDMomentum": "Momentum.step()",
    "Adagrad": "Adagrad.update(w, g)",
    "softplus": "Softplus().forward(x)",
    "softplus_derivative": "Softplus().derivative()",
    "softmax": "Softmax().forward(x); samples are rows",
    "relu_derivative": "relu_deriv(x)",
    # What it is given is called by what made it: no logits.
    "categorical_cross_entropy": "cross_entropy(softmax_out=y_pred, y=y_true); prediction first",
    "binary_cross_entropy": "bce(sigmoid_output=y_pred, target=y_true); prediction first",
}


@pytest.fixture(scope="module")
def contender(tmp_path_factory: pytest.TempPathFactory) -> Contender:
    """Bind the names of the file."""
    folder = tmp_path_factory.mktemp("bound")
    (folder / "mine.py").write_text(SOURCE, encoding="utf-8")
    with Contender(resolve("mine.py", folder)) as found:
        assert found.provides  # its bindings are known when it has been loaded
    return found


@pytest.mark.parametrize("formula", CALLS)
def test_what_code_of_many_kinds_is_called_by(contender: Contender, formula: str) -> None:
    assert str(contender.binding(formula)) == f"{formula} ← {CALLS[formula]}"


def test_what_is_a_formula_by_its_own_name_may_be_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def mse(y_pred, y_true):\n    return ((y_pred - y_true) ** 2).mean()\n"
        "class SGDMomentum:\n"
        "    def __init__(self, lr=0.1, momentum=0.9):\n"
        "        self.lr, self.momentum, self.v = lr, momentum, 0\n"
        "    def step(self, w, grad):\n"
        "        self.v = self.momentum * self.v + self.lr * grad\n"
        "        return w - self.v\n"
    )
    with Contender(resolve("mine.py", tmp_path)) as found:
        assert found.provides == {"mse_loss", "SGDMomentum"}
        assert not found.bindings().unbound

"""Weights, state, rates and gradients that code keeps where no argument hands them over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.shapes.conftest import Verdict, judged

GLOBALS = """
w = np.zeros(4)
m = np.zeros(4)
v = np.zeros(4)
t = 0
LR, BETA1, BETA2, EPS = 0.001, 0.9, 0.999, 1e-8


def adam_update(grad):
    global w, m, v, t
    t += 1
    m = BETA1 * m + (1 - BETA1) * grad
    v = BETA2 * v + (1 - BETA2) * grad**2
    w = w - LR * m / (1 - BETA1**t) / (np.sqrt(v / {}) + EPS)
"""
LOOK_AHEAD = """
class NesterovAcceleratedGradient:
    def __init__(self, learning_rate=0.001, momentum=0.4):
        self.learning_rate, self.momentum, self.v = learning_rate, momentum, 0.0

    def update(self, w, grad_func):
        ahead = grad_func(w - {} * self.v)
        self.v = self.momentum * self.v + self.learning_rate * ahead
        return w - self.v
"""
CONFIGURED = """
def sgd(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config
"""
SETATTR = """
class RMSProp:
    def __init__(self, layers, lr=0.001, rho=0.9, eps=1e-8):
        self.layers, self.lr, self.rho, self.eps = layers, lr, rho, eps
        self.cache = [{} for _ in layers]

    def step(self):
        for layer, cache in zip(self.layers, self.cache):
            for name, g in layer.grads.items():
                cache[name] = self.rho * cache.get(name, 0.0) + (1 - self.rho) * g**2
                moved = self.lr * g / (np.sqrt(cache[name]) + self.eps)
                setattr(layer, name, getattr(layer, name) - moved)
"""
FORGOTTEN = """
class Momentum:
    def __init__(self, model, lr=0.01, momentum=0.9):
        self.model, self.lr, self.momentum, self.v = model, lr, momentum, {}

    def step(self):
        for p in self.model.parameters():
            v = self.momentum * self.v.get(id(p), 0) + p.grad
            p.value = p.value - self.lr * v
"""
BY_NAME = """
STATE = {}


def momentum(name, w, g, lr=0.01, momentum=0.9):
    STATE[name] = momentum * STATE.get(name, 0.0) - lr * g
    return w + STATE[name]
"""
TABLE = """
def _momentum(param, grad, state, lr=0.01, momentum=0.9):
    state["v"] = momentum * state.get("v", 0) - lr * grad
    return param + state["v"]


OPTIMIZERS = {"momentum": _momentum}
"""
LITERALS = """
class AdamOptimizer:
    def __init__(self):
        self.m, self.v, self.t = 0, 0, 0

    def update(self, w, dw):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * dw
        self.v = 0.99 * self.v + 0.01 * dw**2
        m, v = self.m / (1 - 0.9**self.t), self.v / (1 - 0.99**self.t)
        return w - 0.002 * m / (np.sqrt(v) + 1e-6)
"""
NO_EPSILON = """
class AdamOptimizer:
    def __init__(self, lr, beta1=0.9, beta2=0.999):
        self.lr, self.b1, self.b2, self.m, self.v, self.t = lr, beta1, beta2, 0, 0, 0

    def update(self, w, dw):
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * dw
        self.v = self.b2 * self.v + (1 - self.b2) * dw**2
        m, v = self.m / (1 - self.b1**self.t), self.v / (1 - self.b2**self.t)
        with np.errstate(all="ignore"):
            return w - self.lr * m / np.sqrt(v)
"""
COUNTED_FROM_ZERO = """
def adam(grad_f, x0, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, n_steps=100):
    x, m, v = np.array(x0), 0, 0
    for t in range(n_steps):
        g = grad_f(x)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        with np.errstate(all="ignore"):
            x = x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return x
"""
MINIMIZE = """
class GradientDescentMomentum:
    def __init__(self, learning_rate=0.1, momentum=0.9, max_iter=1000, tol=1e-6):
        self.learning_rate, self.momentum = learning_rate, momentum
        self.max_iter, self.tol = max_iter, tol

    def minimize(self, grad, x0):
        x, v = np.array(x0, dtype=float), 0.0
        for _ in range(self.max_iter):
            g = grad(x)
            v = self.momentum * v - self.learning_rate * g
            x = x + v
            if np.linalg.norm(g) < self.tol:
                break
        return x
"""
ARRAYS = """
class Adagrad:
    def __init__(self, params, lr=0.01, eps=1e-10):
        self.params, self.lr, self.eps = list(params), lr, eps
        self.h = [np.zeros(p.shape) for p in self.params]

    def step(self):
        for p, h in zip(self.params, self.h):
            h += np.asarray(p.grad) ** 2
            p -= self.lr * p.grad / (np.sqrt(h) + self.eps)
"""
COUNTED = """
def momentum_step(params, grads, vs, t, lr=0.1, mu=0.9):
    moved, kept = [], []
    for p, g, v in zip(params, grads, vs):
        v = mu * v - lr * g
        moved.append(p + v)
        kept.append(v)
    return moved, kept, t + 1
"""
HIDDEN_EPSILON = NO_EPSILON.replace("np.sqrt(v)", "(np.sqrt(v) + 10**-8)")
OPTIMIZERS = {
    "weights that are NaN, and its own": (
        "Adam", COUNTED_FROM_ZERO, "deviates", "counter-starts-at-zero",
    ),
    "variables of its module": ("Adam", GLOBALS.format("(1 - BETA2**t)"), "conforms", None),
    "variables of its module, wrong": (
        "Adam", GLOBALS.format("1"), "deviates", "second-moment-not-corrected",
    ),
    "a gradient that is asked for": (
        "Nesterov", LOOK_AHEAD.format("self.momentum"), "conforms", None,
    ),
    "layers by the names of their gradients": (
        "RMSprop", SETATTR, "dialect", "epsilon-outside-root",
    ),
    "state by where parameters lie": (
        "SGDMomentum", FORGOTTEN, "deviates", "velocity-forgotten",
    ),
    "state in a table of its module": ("SGDMomentum", BY_NAME, "conforms", None),
    "a function that a table alone names": ("SGDMomentum", TABLE, "conforms", None),
    "a rate among other numbers": ("Adam", LITERALS, "conforms", None),
    "a method that takes all steps": ("SGDMomentum", MINIMIZE, "conforms", None),
    "parameters that are arrays with a gradient": ("Adagrad", ARRAYS, "conforms", None),
    "a counter that comes back, too": ("SGDMomentum", COUNTED, "conforms", None),
    "an epsilon that cannot be read": ("Adam", HIDDEN_EPSILON, "unbound", None),
    "no epsilon at all": ("Adam", NO_EPSILON, "deviates", "epsilon-forgotten"),
}  # fmt: skip
RATES = {
    "a generator": (
        "step_decay",
        """
def step_decay(lr0, drop, every):
    epoch = 0
    while True:
        yield lr0 * drop ** (epoch // every)
        epoch += 1
""",
    ),
    "a generator that ends": (
        "cosine_annealing",
        """
def cosine_annealing(lr0, T_max):
    for epoch in range(T_max):
        yield lr0 * (1 + np.cos(np.pi * epoch / T_max)) / 2
""",
    ),
    "an iterator": (
        "inverse_time_decay",
        """
class InverseTimeDecay:
    def __init__(self, base_lr, decay):
        self.base_lr, self.decay, self.i = base_lr, decay, -1

    def __next__(self):
        self.i += 1
        return self.base_lr / (1 + self.decay * self.i)
""",
    ),
    "constants of a class": (
        "step_decay",
        """
class StepDecay:
    lr0, drop, every = 0.1, 0.5, 10

    def get_lr(self, epoch):
        return self.lr0 * self.drop ** (epoch // self.every)
""",
    ),
    "a step that returns the rate": (
        "linear_warmup",
        """
class WarmupLinear:
    def __init__(self, peak, warmup):
        self.peak, self.warmup, self.n = peak, warmup, 0

    def step(self):
        rate = self.peak * min(1.0, self.n / self.warmup)
        self.n += 1
        return rate
""",
    ),
    "a generator whose first step is 1": (
        "noam",
        """
def noam(d_model, warmup):
    step = 1
    while True:
        yield d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)
        step += 1
""",
    ),
    "an activation in place, that returns it, too": (
        "relu",
        """
def relu_inplace(x):
    np.maximum(x, 0, out=x)
    return x
""",
    ),
    "an activation in place": (
        "tanh",
        """
def inplace_tanh(X):
    np.tanh(X, out=X)
""",
    ),
}


@pytest.mark.parametrize("where", OPTIMIZERS)
@pytest.mark.sweep
def test_an_optimizer_whose_things_lie_elsewhere_is_judged(tmp_path: Path, where: str) -> None:
    formula, source, *wanted = OPTIMIZERS[where]
    verdict, variant, detail = judged(source, formula, tmp_path)
    assert [verdict, variant] == wanted, detail


LISTS = """
import numpy as np


def rmsprop(params, grads, sqs, lr=0.001, gamma=0.9, eps=1e-8):
    for p, g, s in zip(params, grads, sqs):
        s[:] = gamma * s + (1 - gamma) * np.square(g)
        p[:] -= lr * g / np.sqrt(s + eps)
"""


def test_theorems_ask_no_single_number_of_who_writes_to_slices(verdict: Verdict) -> None:
    found = verdict(LISTS, "RMSprop")
    assert (found["verdict"], found["not_asked"]) == ("conforms", ["scalars"]), found["detail"]


@pytest.mark.parametrize("where", RATES)
def test_what_comes_one_after_another_or_in_place_is_judged(tmp_path: Path, where: str) -> None:
    formula, source = RATES[where]
    verdict, _, detail = judged(source, formula, tmp_path)
    assert verdict == "conforms", detail


def test_a_default_that_a_setting_has_does_not_fix_it(verdict: Verdict) -> None:
    found = verdict(CONFIGURED, "SGD")
    assert found["binding"] == "SGD ← sgd(w, dw, config), lr is config['learning_rate']"

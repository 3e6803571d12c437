"""Weights, settings and state are found where code keeps them, right or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.shapes.conftest import Verdict, judged

RIGHT = ("conforms", None)
OF_LAYERS = """
class SGD:
    def __init__(self, lr=0.1):
        self.lr = lr

    def update(self, layer):
        layer.W -= self.lr * layer.dW
        layer.b -= {}
"""
CODE = {
    "settings that a step is told": (
        "SGDMomentum",
        RIGHT,
        """
class Momentum:
    def __init__(self):
        self.v = 0

    def update(self, w, dw, lr=0.01, beta=0.9):
        self.v = beta * self.v - lr * dw
        return w + self.v
""",
    ),
    "settings that a step is told, and a step up": (
        "SGD",
        ("deviates", "ascent"),
        "class SGD:\n    def update(self, w, dw, lr):\n        return w + lr * dw\n",
    ),
    "arrays of an object, each beside its gradient": (
        "SGDMomentum",
        RIGHT,
        """
class Net:
    def __init__(self, n_in, n_hidden=3, lr=0.01, mu=0.9):
        self.W, self.b, self.lr, self.mu = np.ones((n_in, n_hidden)), np.zeros(n_hidden), lr, mu
        self.vW, self.vb = np.zeros_like(self.W), np.zeros_like(self.b)

    def momentum_step(self, dW, db):
        self.vW = self.mu * self.vW - self.lr * dW
        self.vb = self.mu * self.vb - self.lr * db
        self.W += self.vW
        self.b += self.vb
""",
    ),
    "an object that divides by a number of its own": (
        "SGD",
        ("unbound", None),
        """
class Net:
    def __init__(self, n_in, lr=0.1, samples=32):
        self.W, self.lr, self.samples = np.ones(n_in), lr, samples

    def sgd_step(self, dW):
        self.W -= self.lr * dW / self.samples
""",
    ),
    "a dict of an object, and a velocity that is added": (
        "SGDMomentum",
        ("deviates", "ascent"),
        """
class Model:
    def __init__(self, learning_rate=0.1, momentum=0.9):
        self.params, self.velocity = {"W1": np.ones((2, 2))}, {"W1": np.zeros((2, 2))}
        self.learning_rate, self.momentum = learning_rate, momentum

    def momentum_step(self, grads):
        for k in self.params:
            self.velocity[k] = self.momentum * self.velocity[k] + self.learning_rate * grads[k]
            self.params[k] += self.velocity[k]
""",
    ),
    "gradients of an object": (
        "SGD",
        RIGHT,
        """
class Layer:
    def __init__(self, units):
        self.W, self.dW = np.ones(units), np.zeros(units)

    def sgd_step(self, lr=0.1):
        self.W -= lr * self.dW
""",
    ),
    "a value that has the gradient, and is replaced": (
        "SGD",
        RIGHT,
        """
class SGD:
    def __init__(self, parameters, lr=1.0):
        self.parameters, self.lr = parameters, lr

    def step(self):
        for p in self.parameters:
            if p.value.derivative is not None:
                p.update(Scalar(p.value.data - self.lr * p.value.derivative))


class Scalar:
    def __init__(self, data):
        self.data, self.derivative = data, None
""",
    ),
    "state that is a default": (
        "SGDMomentum",
        RIGHT,
        """
def momentum(params, grads, lr=0.01, mu=0.9, kept={}):
    for k in params:
        kept[k] = mu * kept.get(k, 0) - lr * grads[k]
        params[k] += kept[k]
""",
    ),
    "state that is None at first": (
        "SGDMomentum",
        RIGHT,
        """
def momentum(w, grad, v=None, lr=0.01, mu=0.9):
    v = lr * grad if v is None else mu * v + lr * grad
    return w - v, v
""",
    ),
    "dicts of a script, which goes up": (
        "RMSprop",
        ("dialect", "epsilon-outside-root"),
        """
model, grad_buffer, rmsprop_cache = {}, {}, {}


def policy_backward():
    return {}


def train(decay_rate=0.9, learning_rate=1e-3):
    for k, v in model.items():
        g = grad_buffer[k]
        rmsprop_cache[k] = decay_rate * rmsprop_cache[k] + (1 - decay_rate) * g**2
        model[k] += learning_rate * g / (np.sqrt(rmsprop_cache[k]) + 1e-5)
        grad_buffer[k] = np.zeros_like(v)
""",
    ),
    "dicts of a script, which counts its steps from 0": (
        "Adam",
        RIGHT,
        """
params, grads, m, v = {}, {}, {}, {}


def train_with_adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    for step in range(100):
        for k in params:
            m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
            v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
            corrected = np.sqrt(v[k] / (1 - beta2 ** (step + 1))) + eps
            params[k] -= lr * m[k] / (1 - beta1 ** (step + 1)) / corrected
""",
    ),
    "a class beside a loop that does not run by itself": (
        "SGD",
        RIGHT,
        """
params, grads, momentum = {}, {}, {}


class MySGD:
    def __init__(self, lr=0.1):
        self.lr = lr

    def step(self, w, g):
        return w - self.lr * g


def train(lr=0.1, mu=0.9):
    for k in params:
        momentum[k] = mu * momentum[k] - lr * grads[k]
        params[k] += momentum[k]
        if not np.isfinite(params[k]).all():
            return
""",
    ),
    "settings in an object of its own": (
        "SGDMomentum",
        RIGHT,
        """
from dataclasses import dataclass


@dataclass
class Config:
    lr: float = 0.01
    momentum: float = 0.9


class Momentum:
    def __init__(self, config: Config):
        self.config, self.v = config, {}

    def step(self, params, grads):
        for k in params:
            self.v[k] = self.config.momentum * self.v.get(k, 0) - self.config.lr * grads[k]
            params[k] += self.v[k]
""",
    ),
    "settings in a dict, and a velocity that is forgotten": (
        "SGDMomentum",
        ("deviates", "velocity-forgotten"),
        """
class Momentum:
    def __init__(self, cfg):
        self.lr, self.mu = cfg["lr"], cfg["momentum"]

    def update(self, w, dw):
        v = self.mu * 0 - self.lr * dw
        return w + v
""",
    ),
    "dicts that a helper goes through": (
        "SGDMomentum",
        ("dialect", "lr-outside-velocity"),
        """
def tree_map(f, *trees):
    return {k: f(*(t[k] for t in trees)) for k in trees[0]}


def momentum(params, grads, velocity, lr=0.01, mu=0.9):
    velocity = tree_map(lambda v, g: mu * v + g, velocity, grads)
    return tree_map(lambda p, v: p - lr * v, params, velocity), velocity
""",
    ),
    "what a function remembers": (
        "SGDMomentum",
        RIGHT,
        """
def momentum(w, grad, lr=0.01, gamma=0.9):
    momentum.v = gamma * getattr(momentum, "v", 0) + lr * grad
    return w - momentum.v
""",
    ),
    "gradients by another spelling, after a base that does nothing": (
        "SGD",
        RIGHT,
        """
class Optimizer:
    def step(self):
        raise NotImplementedError


class SGD(Optimizer):
    def __init__(self, lr=0.1):
        self.lr = lr

    def update(self, layers):
        for layer in layers:
            layer.W -= self.lr * layer.grad_W
            layer.b -= self.lr * layer.grad_b
""",
    ),
    "a last change beside a gradient": (
        "SGDMomentum",
        RIGHT,
        """
class SGDMomentum:
    def __init__(self, lr=0.1, momentum=0.9):
        self.lr, self.momentum = lr, momentum

    def update(self, layer):
        last = getattr(layer, "delta_w", 0)
        layer.delta_w = self.momentum * last - self.lr * layer.dw
        layer.w += layer.delta_w
""",
    ),
    "several arrays that come back in no order that is told": (
        "SGD",
        RIGHT,
        """
def descend(W1, b1, dW1, db1, alpha):
    return tuple([p - alpha * d for p, d in ((W1, dW1), (b1, db1))])
""",
    ),
    "several arrays that come back, of which one climbs": (
        "SGD",
        ("deviates", "ascent"),
        """
def update_parameters(W1, b1, dW1, db1, lr):
    W1 = W1 - lr * dW1
    b1 = b1 + lr * db1
    return W1, b1
""",
    ),
    "biases that climb": (
        "SGD",
        ("deviates", "ascent"),
        """
class SGD:
    def __init__(self, lr=0.1):
        self.lr = lr

    def update(self, layer):
        layer.weights -= self.lr * layer.dweights
        layer.biases += self.lr * layer.dbiases
""",
    ),
    "biases that do not climb, beside weights that do": (
        "SGD",
        ("deviates", "ascent"),
        """
def sgd(params, grads, lr=0.1):
    for k in params:
        params[k] += (-lr if k[0] == "b" else lr) * grads["d" + k]
""",
    ),
    "biases at a rate of their own": (
        "SGD",
        RIGHT,
        OF_LAYERS.format("2 * self.lr * layer.db"),
    ),
    "biases of which each sample has a gradient": (
        "SGD",
        RIGHT,
        OF_LAYERS.format("self.lr * layer.db.mean(axis=0, keepdims=True)"),
    ),
    "biases that stay where they are": (
        "SGD",
        RIGHT,
        """
class SGD:
    def __init__(self, lr=0.1, learn_biases=False):
        self.lr, self.learn_biases = lr, learn_biases

    def update(self, layer):
        layer.W -= self.lr * layer.dW
        if self.learn_biases:
            layer.b -= self.lr * layer.db
""",
    ),
    "biases that do not decay": (
        "AdamW",
        RIGHT,
        """
class AdamW:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        self.lr, self.b1, self.b2, self.eps, self.wd = lr, beta1, beta2, eps, weight_decay
        self.t, self.kept = 0, {}

    def change(self, own, g):
        m, v = self.kept.get(own, (0, 0))
        m, v = self.b1 * m + (1 - self.b1) * g, self.b2 * v + (1 - self.b2) * g * g
        self.kept[own] = m, v
        corrected = np.sqrt(v / (1 - self.b2**self.t)) + self.eps
        return m / (1 - self.b1**self.t) / corrected

    def update(self, layer):
        self.t += 1
        layer.W -= self.lr * (self.change("W", layer.dW) + self.wd * layer.W)
        layer.b -= self.lr * self.change("b", layer.db)
""",
    ),
    "a power of what is left, of no number behind the end": (
        "polynomial_decay",
        ("dialect", "falls-to-zero"),
        "def lr_poly(base_lr, it, max_iter, power):\n"
        "    return base_lr * (1 - it / max_iter) ** power\n",
    ),
    "a backward pass beside what is kept": (
        "tanh_derivative",
        RIGHT,
        """
class Tanh:
    @staticmethod
    def forward(x):
        out = np.tanh(x)
        return out, np.cosh(np.minimum(abs(x), 400.0))

    @staticmethod
    def backward(dout, cache):
        return dout / cache**2
""",
    ),
    "a slope of what made the prediction, too": (
        "mse_loss_grad",
        ("dialect", "of-half-the-sum"),
        """
class SquaredError:
    def loss(self, y, y_pred):
        return 0.5 * np.sum((y_pred - y) ** 2)

    def grad(self, y, y_pred, z, act_fn):
        return (y_pred - y) * act_fn.grad(z)
""",
    ),
    "a slope that is divided by more than a count": (
        "binary_cross_entropy_grad",
        ("dialect", "unguarded"),
        """
class BinaryCrossEntropy:
    def loss(self, y, p):
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(self, y, p):
        variance = p * (1 - p)
        return (p - y) / variance / y.size
""",
    ),
    "a slope that makes probabilities by itself": (
        "bce_with_logits_grad",
        RIGHT,
        """
def sigmoid(z):
    e = np.exp(-abs(z))
    return np.where(z < 0, e, 1.0) / (1 + e)


class BinaryCrossEntropy:
    def loss(self, y, p):
        return np.mean(np.maximum(p, 0) - y * p + np.log1p(np.exp(-abs(p))))

    def gradient(self, y, p):
        p = sigmoid(p)
        return (p - y) / y.size
""",
    ),
    "a slope that is that of the logits": (
        "bce_with_logits_grad",
        ("dialect", "of-the-sum"),
        """
class CrossEntropyCost:
    def fn(a, y):
        return np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a))

    @staticmethod
    def delta(z, a, y):
        return a - y
""",
    ),
}


@pytest.mark.parametrize("where", CODE)
@pytest.mark.sweep
def test_code_is_judged_wherever_its_things_lie(tmp_path: Path, where: str) -> None:
    formula, wanted, source = CODE[where]
    verdict, variant, detail = judged(source, formula, tmp_path)
    assert (verdict, variant) == wanted, detail


def test_a_slope_is_asked_beside_its_loss_about_one_class(verdict: Verdict) -> None:
    """Of soft labels the loss is another one; of one class it has this slope."""
    source = """
import numpy as np


def categorical_cross_entropy(y_true, y_pred):
    return np.mean(-np.log(np.sum(y_true * np.clip(y_pred, 1e-7, 1 - 1e-7), axis=-1)))


def categorical_cross_entropy_grad(y_true, y_pred):
    with np.errstate(all="ignore"):
        rows = np.atleast_2d(y_pred).shape[0]
        return np.where(y_true == 0, 0.0, -y_true / y_pred) / rows
"""
    told = verdict(source, "categorical_cross_entropy_grad")
    assert (told["verdict"], told["variant"]) == ("dialect", "unguarded"), told["detail"]

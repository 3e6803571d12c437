"""What people publish, in the shapes that they publish it in, gets the verdict that it deserves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradmark.harness.bindings import SHAPES
from gradmark.harness.host import Contender
from gradmark.harness.in_process import in_process
from gradmark.harness.resolve import resolve
from gradmark.harness.worker import load_shapes
from tests.harness.shapes.conftest import judged

HOLDS = """
class Adam:
    def __init__(self, {its}, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.{its} = {its}
        self.lr, self.b1, self.b2, self.eps, self.t, self.state = lr, beta1, beta2, eps, 0, {{}}

    def step(self):
        self.t += 1
"""
OPTIMIZERS = {
    "pairs of gradients and variables": """
class Adam:
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.lr, self.b1, self.b2, self.eps = learning_rate, beta_1, beta_2, epsilon
        self.t, self.state = 0, {}

    def apply_gradients(self, grads_and_vars):
        self.t += 1
        for i, (grad, var) in enumerate(grads_and_vars):
            var -= change(self, i, grad)
""",
    "weights that the constructor keeps, in a list": """
class Adam:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params = list(params)
        self.lr, self.b1, self.b2, self.eps, self.t, self.state = lr, beta1, beta2, eps, 0, {}

    def step(self, grads):
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads)):
            p -= change(self, i, g)
""",
    "weights that the constructor keeps, in a dict": """
class Adam:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.eps = params, lr, eps
        self.b1, self.b2, self.t = beta1, beta2, 0
        self.state = {}

    def update(self, grads):
        self.t += 1
        for name, g in grads.items():
            self.params[name] -= change(self, name, g)
""",
    "an array that the constructor keeps": """
class Adam:
    def __init__(self, weights, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.weights = weights
        self.lr, self.b1, self.b2, self.eps, self.t, self.state = lr, beta1, beta2, eps, 0, {}

    def step(self, gradient):
        self.t += 1
        self.weights = self.weights - change(self, 0, gradient)
""",
    "layers by the names of their attributes": """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps, self.t, self.state = lr, beta1, beta2, eps, 0, {}

    def step(self, layers):
        self.t += 1
        for i, layer in enumerate(layers):
            for name in ("W", "b"):
                moved = getattr(layer, name) - change(self, (i, name), getattr(layer, "d" + name))
                setattr(layer, name, moved)
""",
    "a network of layers of dicts": HOLDS.format(its="model")
    + """
        for i, layer in enumerate(self.model.layers):
            for key in layer.params:
                layer.params[key] -= change(self, (i, key), layer.grads[key])
""",
    "parameters that are dicts": HOLDS.format(its="params")
    + """
        for i, param in enumerate(self.params):
            param["value"] -= change(self, i, param["grad"])
""",
    "parameters of its own kind, of which some are trained": """
class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data, self.requires_grad, self.grad = data, requires_grad, None


class Optimizer:
    def __init__(self, params):
        self.params = [p for p in params if p.requires_grad]


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, b1=0.9, b2=0.999, eps=1e-8):
        super().__init__(params)
        self.lr, self.b1, self.b2, self.eps, self.t, self.state = lr, b1, b2, eps, 0, {}

    def step(self):
        self.t += 1
        for i, p in enumerate(self.params):
            p.data = p.data - change(self, i, p.grad)
""",
    "a method of several": """
class Trainer:
    def __init__(self, model=None, lr=0.001, mu=0.9, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.mu, self.b1, self.b2, self.eps, self.t = lr, mu, beta1, beta2, eps, 0
        self.state = {}

    def sgd_update(self, params, grads):
        for name in params:
            params[name] -= self.lr * grads[name]

    def adam_update(self, params, grads):
        self.t += 1
        lr, eps, b1, b2 = self.lr, self.eps, self.b1, self.b2
        for name in params:
            params[name] -= change(self, name, grads[name])
""",
    "a counter, weights and biases": """
class Adam:
    def __init__(self, eta=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.lr, self.b1, self.b2, self.eps, self.state = eta, beta1, beta2, epsilon, {}

    def update(self, t, w, b, dw, db):
        self.t = t
        return w - change(self, "w", dw), b - change(self, "b", db)
""",
}
ADAM = """
import numpy as np


def change(its, key, g):
    t = its.t
    m, v = its.state.get(key, (0.0, 0.0))
    m, v = its.b1 * m + (1 - its.b1) * g, its.b2 * v + (1 - its.b2) * g * g
    its.state[key] = m, v
    return its.lr * m / (1 - its.b1**t) / (np.sqrt(v / {corrected}) + its.eps)
"""
RIGHT, WRONG = "(1 - its.b2**t)", "1"

NETWORK = """
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


def back(X, y, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    d2 = (sigmoid(a1 @ W2 + b2) - y) / len(X)
    d1 = (d2 @ W2.T) * (z1 > 0)
    return X.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


"""
FUNCTIONS = {
    "gradients in a dict": (
        "compute_gradients",
        "conforms",
        NETWORK
        + """
def compute_gradients(X, y, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = back(X, y, W1, b1, W2, b2)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
""",
    ),
    "gradients of the last layer first": (
        "compute_gradients",
        "conforms",
        NETWORK
        + """
def compute_gradients(X, y, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = back(X, y, W1, b1, W2, b2)
    return dW2, db2, dW1, db1
""",
    ),
    "gradients of the last layer first, by other names": (
        "compute_gradients",
        "conforms",
        NETWORK
        + """
def compute_gradients(X, y, W1, b1, W2, b2):
    grad_w1, grad_b1, grad_w2, grad_b2 = back(X, y, W1, b1, W2, b2)
    return grad_w2, grad_b2, grad_w1, grad_b1
""",
    ),
    "weights in a dict, and samples in columns": (
        "compute_gradients",
        "conforms",
        NETWORK
        + """
def forward_propagation(X, parameters):
    return parameters["W1"] @ X, {"of": parameters}


def backward(parameters, cache, X, Y):
    assert cache["of"] is parameters
    its = [parameters[name].T for name in ("W1", "b1", "W2", "b2")]
    found = back(X.T, Y.T, *its)
    return {f"d{name}": each.T for name, each in zip(("W1", "b1", "W2", "b2"), found)}
""",
    ),
    "gradients that a network keeps": (
        "compute_gradients",
        "conforms",
        NETWORK
        + """
class Network:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1, self.b1 = np.zeros((input_size, hidden_size)), np.zeros(hidden_size)
        self.W2, self.b2 = np.zeros((hidden_size, output_size)), np.zeros(output_size)

    def forward(self, X):
        self.X = X
        return X @ self.W1

    def backward(self, y):
        found = back(self.X, y, self.W1, self.b1, self.W2, self.b2)
        self.dW1, self.db1, self.dW2, self.db2 = found
""",
    ),
    # Which axis its samples lie along is tried: what turns a table names axis 0.
    "softmax of a turned table": (
        "softmax",
        "conforms",
        """
def softmax(x):
    if x.ndim == 2:
        x = x.T
        x = x - np.max(x, axis=0)
        return (np.exp(x) / np.sum(np.exp(x), axis=0)).T
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))
""",
    ),
    "softmax of one row after the other": (
        "softmax",
        "conforms",
        """
def softmax(x):
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        e = np.exp(x[i] - np.max(x[i]))
        out[i] = e / e.sum()
    return out
""",
    ),
    "softmax of one row, number by number": (
        "softmax",
        "conforms",
        """
def softmax(x):
    e = [np.exp(v - max(x)) for v in x]
    return np.array(e) / sum(e)
""",
    ),
    "softmax of one row, which overflows": (
        "softmax",
        "deviates",
        """
class Softmax:
    def forward(self, x):
        return np.exp(x) / np.sum(np.exp(x))
""",
    ),
    "one number at a time, under the contract's name": (
        "relu",
        "dialect",
        "def relu(x):\n    return x if x > 0 else 0.0\n",
    ),
    "a table of its own": (
        "relu",
        "conforms",
        """
BOUNDS = np.array([0.0, np.inf])


def relu(z):
    return z.clip(BOUNDS[0], BOUNDS[1])
""",
    ),
    "a list of numbers": (
        "mse_loss",
        "conforms",
        """
def mse_loss(y_true, y_pred):
    return sum((t - p) ** 2 for t, p in zip(y_true, y_pred)) / len(y_true)
""",
    ),
    "hard labels": (
        "binary_cross_entropy",
        "dialect",
        """
def binary_cross_entropy(y_true, y_pred):
    with np.errstate(all="ignore"):
        return -np.mean(np.where(y_true == 1, np.log(y_pred), np.log1p(-y_pred)))
""",
    ),
    "a guard among the options": (
        "categorical_cross_entropy",
        "dialect",
        """
def categorical_crossentropy(y_true, y_pred, epsilon=1e-12):
    p = np.clip(y_pred, epsilon, 1.0 - epsilon)
    return -np.sum(y_true * np.log(p)) / p.shape[0]
""",
    ),
    "what is computed, and the target": (
        "categorical_cross_entropy",
        "dialect",
        """
def cross_entropy_error(y, t):
    if y.ndim == 1:
        t, y = t.reshape(1, t.size), y.reshape(1, y.size)
    if t.size == y.size:
        t = t.argmax(axis=1)
    return -np.sum(np.log(y[np.arange(len(y)), t] + 1e-7)) / len(y)
""",
    ),
    "a derivative by its letter": (
        "tanh_derivative",
        "conforms",
        "def dtanh(x):\n    return 1 / np.cosh(np.minimum(np.abs(x), 400.0)) ** 2\n",
    ),
    "an activation that its code tells alone": (
        "sigmoid",
        "conforms",
        "def nonlin(x, deriv=False):\n    return x * (1 - x) if deriv else 1 / (1 + np.exp(-x))\n",
    ),
    "an activation that a flag, another letter and a cut surround": (
        "sigmoid",
        "dialect",
        """
def activation(p, deriv):
    p = np.clip(p, -500, 500)
    if not deriv:
        s = 1 / (1 + np.exp(-p))
        return s
    return p * (1 - p)
""",
    ),
    "a softmax along an axis of its choice": (
        "softmax",
        "deviates",
        """
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / (2 + e.sum(axis=axis, keepdims=True))
""",
    ),
    "an answer that is written": (
        "tanh",
        "conforms",
        "def tanh(x, out):\n    np.tanh(x, out=out)\n",
    ),
    "a constant that stays what it is": (
        "silu",
        "conforms",
        """
def swish(x, beta=1.0):
    e = np.exp(-np.abs(beta * x))
    return x * np.where(x >= 0, 1.0, e) / (1 + e)
""",
    ),
    "an object that is called": (
        "mse_loss",
        "conforms",
        """
class _Squares:
    def __call__(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)


mse = _Squares()
""",
    ),
    "a slope of an object": (
        "tanh_derivative",
        "conforms",
        """
class _Tanh:
    def __call__(self, x):
        return np.tanh(x)

    def derivative(self, x):
        return 1 / np.cosh(np.minimum(np.abs(x), 400.0)) ** 2


tanh = _Tanh()
""",
    ),
    "a function with its settings": (
        "leaky_relu",
        "conforms",
        """
from functools import partial

lrelu = partial(lambda x, slope: np.where(x > 0, x, slope * x), slope=0.01)
""",
    ),
    "a gradient from what was kept": (
        "mse_loss_grad",
        "conforms",
        """
class MSELoss:
    def forward(self, pred, label):
        self.pred, self.label = pred, label
        return np.mean((pred - label) ** 2)

    def backward(self):
        return 2 * (self.pred - self.label) / self.pred.size
""",
    ),
    "a gradient of the wrong sign": (
        "mae_loss_grad",
        "deviates",
        """
class Loss_MeanAbsoluteError:
    def forward(self, y_pred, y_true):
        return np.mean(np.abs(y_true - y_pred), axis=-1)

    def backward(self, dvalues, y_true):
        samples, outputs = len(dvalues), len(dvalues[0])
        self.dinputs = np.sign(y_true - dvalues) / outputs / samples
""",
    ),
    "a gradient beside the value": (
        "softmax_cross_entropy_grad",
        "conforms",
        """
def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[np.arange(len(x)), y] -= 1
    return -log_p[np.arange(len(x)), y].mean(), dx / len(x)
""",
    ),
    "settings of a norm in a dict": (
        "batch_norm",
        "conforms",
        """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
    if mode != "train":
        raise ValueError(mode)
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta, None
""",
    ),
    "a norm that is told that it is trained": (
        "batch_norm",
        "conforms",
        """
MEAN, VARIANCE = 0.0, 1.0


def batch_norm(x, gamma, beta, eps=1e-5, training=False):
    mean, variance = (x.mean(axis=0), x.var(axis=0)) if training else (MEAN, VARIANCE)
    return gamma * (x - mean) / np.sqrt(variance + eps) + beta
""",
    ),
    "a norm of which a setting says that it is trained": (
        "batch_norm",
        "conforms",
        """
def batchnorm(x, gamma, beta, cfg):
    if cfg["training"] is not True:
        return x
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + cfg["eps"]) + beta
""",
    ),
    "a norm that holds its weights": (
        "layer_norm",
        "conforms",
        """
class LayerNorm:
    def __init__(self, d_model, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(d_model), np.zeros(d_model), eps

    def forward(self, x):
        away = x - x.mean(axis=-1, keepdims=True)
        return self.gamma * away / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps) + self.beta
""",
    ),
    "back over a norm": (
        "layer_norm_grad",
        "conforms",
        """
def layernorm_forward(x, gamma, beta, eps=1e-5):
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def layernorm_backward(dout, cache):
    x_hat, gamma, std = cache
    d = dout * gamma
    along = x_hat * np.mean(d * x_hat, axis=1, keepdims=True)
    dx = (d - d.mean(axis=1, keepdims=True) - along) / std
    return dx, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
""",
    ),
    "an exponential that is a power of e": (
        "exponential_decay",
        "conforms",
        "def exp_decay(epoch, initial_lr, k):\n    return initial_lr * np.e ** (-k * epoch)\n",
    ),
    "an exponential that is a power of its number": (
        "exponential_decay",
        "conforms",
        """
E = 2.718281828459045


def exp_decay(epoch, initial_lr, k):
    return initial_lr * E ** (-k * epoch)
""",
    ),
    "a factor that is written into the code": (
        "exponential_decay",
        "conforms",
        """
def exponential_decay(epoch, initial_lr):
    gamma = 0.9
    return initial_lr * gamma**epoch
""",
    ),
    "a function of parameters that have data": (
        "SGDMomentum",
        "conforms",
        """
def momentum(params, lr, mom, vs):
    for i, p in enumerate(params):
        vs[i] = mom * vs[i] + lr * p.grad
        p.data -= vs[i]
""",
    ),
    "one class for two formulas": (
        "SGD",
        "conforms",
        """
class SGDMomentum:
    def __init__(self, learning_rate=0.01, momentum=0.0):
        self.learning_rate, self.momentum, self.v = learning_rate, momentum, 0.0

    def update(self, w, grad):
        self.v = self.momentum * self.v + self.learning_rate * grad
        return w - self.v


SGD = SGDMomentum
""",
    ),
    "one parameter that has data": (
        "SGD",
        "deviates",
        "def sgd_step(p, lr, **more):\n    p.data += lr * p.grad\n    return p\n",
    ),
    "a loop with a tolerance": (
        "SGD",
        "conforms",
        """
def gradient_descent(gradient, start, learn_rate, n_iter=50, tolerance=1e-06):
    vector = start
    for _ in range(n_iter):
        diff = -learn_rate * gradient(vector)
        if np.all(np.abs(diff) <= tolerance):
            break
        vector = vector + diff
    return vector
""",
    ),
    "a loop with a tolerance for squares": (
        "SGDMomentum",
        "conforms",
        """
def momentum_gd(gradient, start, lr, momentum, n_iter=50, tol=1e-3):
    w, v = start, 0.0
    for _ in range(n_iter):
        g = gradient(w)
        v = momentum * v + lr * g
        w = w - v
        if np.sum(g**2) < tol**2:
            break
    return w
""",
    ),
    "clipping into what it is given": (
        "clip_by_value",
        "conforms",
        "def clip_by_value(g, limit):\n    np.clip(g, -limit, limit, out=g)\n",
    ),
    "a layer that makes rows of a vector": (
        "relu",
        "conforms",
        """
class ReLU:
    def __call__(self, z):
        return np.clip(z.reshape(1, -1) if z.ndim == 1 else z.copy(), 0, np.inf)
""",
    ),
    "a way back that takes a rate, with nothing to learn": (
        "tanh_derivative",
        "conforms",
        """
class Layer:
    def forward(self, input):
        self.input = input
        return self.function(input)

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.prime(self.input)


class Tanh(Layer):
    def __init__(self):
        self.function = np.tanh
        self.prime = lambda x: 1 / np.cosh(np.minimum(np.abs(x), 400.0)) ** 2
""",
    ),
    "names in capitals and small letters": (
        "step_decay",
        "dialect",
        """
class StepDecay:
    def __init__(self, initAlpha=0.01, factor=0.25, dropEvery=10):
        self.initAlpha, self.factor, self.dropEvery = initAlpha, factor, dropEvery

    def __call__(self, epoch):
        return self.initAlpha * self.factor ** np.floor((1 + epoch) / self.dropEvery)
""",
    ),
    "a schedule that is told which epoch it is": (
        "cosine_annealing",
        "dialect",
        """
class CosineLRScheduler:
    def __init__(self, optimizer, t_initial, lr_min=0.0, warmup_t=0):
        self.optimizer, self.end, self.lr_min = optimizer, t_initial, lr_min
        self.base = [group["lr"] for group in optimizer.param_groups]

    def step(self, epoch):
        share = 0.5 + 0.5 * np.cos(np.pi * min(epoch / self.end, 1.0))
        for group, base in zip(self.optimizer.param_groups, self.base):
            group["lr"] = self.lr_min + (base - self.lr_min) * share
""",
    ),
    "a decay of a course": (
        "inverse_time_decay",
        "conforms",
        """
def update_lr(learning_rate0, epoch_num, decay_rate):
    return 1 / (1 + decay_rate * epoch_num) * learning_rate0
""",
    ),
    "a loop that is called after its optimizer": (
        "SGD",
        "conforms",
        """
def minimize_sgd(f_grad, x, lr=0.1, steps=10):
    for _ in range(steps):
        x = x - lr * f_grad(x)
    return x
""",
    ),
    "state that is made by its size": (
        "SGDMomentum",
        "conforms",
        """
class MomentumOptimizer:
    def __init__(self, n_params, lr=0.1, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, np.zeros(n_params)

    def get_update(self, grad):
        self.v = self.momentum * self.v - self.lr * grad
        return self.v
""",
    ),
    "an average that is kept": (
        "ema",
        "conforms",
        """
class EMA:
    def __init__(self, params, decay):
        self.decay = decay
        self.shadow = {name: value.copy() for name, value in params.items()}

    def update(self, params):
        for name, value in params.items():
            self.shadow[name] = self.decay * self.shadow[name] + (1 - self.decay) * value
""",
    ),
    "a coroutine": (
        "SGDMomentum",
        "conforms",
        """
def momentum(lr, mu=0.9):
    velocity, update = 0.0, None
    while True:
        gradient = yield update
        velocity = mu * velocity - lr * gradient
        update = velocity
""",
    ),
    "beside what raises where it is looked at": (
        "SGD",
        "conforms",
        """
from enum import Enum


class Mode(Enum):
    TRAIN = 1


class Raising(type):
    def __getattr__(cls, name):
        raise RuntimeError(name)


class Proxy(metaclass=Raising):
    pass


def sgd_step(w, dw, lr):
    return w - lr * dw
""",
    ),
    "what has no name in a table": (
        "relu_derivative",
        "conforms",
        """
DERIVATIVES = {"relu": lambda a: np.where(a > 0, 1.0, 0.0), "none": lambda a: 1.0}
""",
    ),
    "numbers of its module": (
        "SGDMomentum",
        "conforms",
        """
learning_rate, momentum = 0.01, 0.9


def momentum_update(w, dw, v):
    v = momentum * v - learning_rate * dw
    return w + v, v
""",
    ),
    "a gradient by the name of its loss": (
        "mae_loss_grad",
        "dialect",
        """
def mean_absolute_error_gradient(y_true, y_pred):
    return np.sign(y_pred - y_true) / y_pred.size
""",
    ),
    "a step that is told a name": (
        "RMSprop",
        "conforms",
        """
def rmsprop(lr, decay=0.9, eps=1e-8):
    cache = {}

    def update(name, w, g):
        cache[name] = decay * cache.get(name, 0.0) + (1 - decay) * g * g
        return w - lr * g / np.sqrt(cache[name] + eps)

    return update
""",
    ),
    "an average of what lies in a list": (
        "ema",
        "conforms",
        """
class ExponentialMovingAverage:
    def __init__(self, decay):
        self.decay, self.shadow = decay, None

    def update(self, params):
        if self.shadow is None:
            self.shadow = [p.copy() for p in params]
            return
        for s, p in zip(self.shadow, params):
            s *= self.decay
            s += (1 - self.decay) * p
""",
    ),
    "a class of two names": (
        "mse_loss",
        "conforms",
        """
class Quadratic:
    def __call__(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)


mean_squared_error = Quadratic
""",
    ),
    "settings of a class": (
        "step_decay",
        "conforms",
        """
class LRSchedule:
    initial_lr, drop, epochs_drop = 0.1, 0.5, 10.0

    def __call__(self, epoch):
        return self.initial_lr * self.drop ** np.floor(epoch / self.epochs_drop)
""",
    ),
    "state that a dataclass takes": (
        "SGDMomentum",
        "conforms",
        """
from dataclasses import dataclass
from typing import Any


@dataclass
class MomentumSGD:
    lr: float = 0.1
    momentum: float = 0.9
    t: int = 0
    v: Any = None

    def step(self, params, grads):
        self.t += 1
        self.v = grads * self.lr + (0.0 if self.v is None else self.momentum * self.v)
        return params - self.v
""",
    ),
    "an update of one parameter": (
        "SGD",
        "conforms",
        """
class SGDRule:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update_one(self, param):
        param.data -= self.lr * param.grad
""",
    ),
    "a test function's slope": (
        "rosenbrock_grad",
        "conforms",
        """
def rosenbrock_gradient(x, a=1.0, b=100.0):
    inner = x[1] - x[0] ** 2
    return np.array([-2 * (a - x[0]) - 4 * b * x[0] * inner, 2 * b * inner])
""",
    ),
    "a share of the rate": (
        "warmup_cosine",
        "dialect",
        """
warmup_steps, total_steps = 500, 10000


def lr_lambda(step):
    if step < warmup_steps:
        return step / warmup_steps
    away = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
    return 0.5 * (1 + np.cos(np.pi * away))
""",
    ),
    "a schedule that takes steps of its optimizer": (
        "noam",
        "conforms",
        """
class NoamOpt:
    def __init__(self, model_size, factor, warmup, optimizer):
        self.optimizer, self.n = optimizer, 0
        self.warmup, self.factor, self.model_size = warmup, factor, model_size

    def step(self):
        self.n += 1
        rate = self.factor * self.model_size**-0.5 * min(self.n**-0.5, self.n * self.warmup**-1.5)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
""",
    ),
}

PAIR = """
def sgd(lr):
    def init(params):
        return 0

    def update(grads, state, params=None):
        return {change}, state + 1

    return init, update
"""
RELU = """
def relu(z):
    return np.maximum(z, 0)


"""
# What its code does not say: which activation it is, which sign a change has, where counting
# begins, what is handed over, what is kept outside of the state.
UNTOLD = {
    "a slope that is a sigmoid": (
        "sigmoid",
        "absent",
        RELU
        + """
def activation(x, deriv=False):
    if deriv:
        return 1 / (1 + np.exp(-x))
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)
""",
    ),
    "a factor that is a sigmoid": (
        "sigmoid",
        "absent",
        RELU
        + """
def activation(x):
    s = 1 / (1 + np.exp(-x))
    return x * s
""",
    ),
    "a sigmoid of something else": (
        "sigmoid",
        "absent",
        RELU
        + """
def activation(x):
    x = 2 * x
    return 1 / (1 + np.exp(-x))
""",
    ),
    "two functions of which the change is added": (
        "SGD",
        "conforms",
        PAIR.format(change="-lr * grads"),
    ),
    "two functions of which the change is taken away": (
        "SGD",
        "unbound",
        PAIR.format(change="lr * grads"),
    ),
    "two functions that climb": ("SGD", "deviates", PAIR.format(change="params + lr * grads")),
    "two functions that keep a velocity between them": (
        "SGDMomentum",
        "conforms",
        """
def momentum(lr, mu=0.9):
    kept = {"v": 0.0}

    def init(params):
        return None

    def update(grads, state, params):
        kept["v"] = mu * kept["v"] + lr * grads
        return params - kept["v"], state

    return init, update
""",
    ),
    "a counter that begins at one": (
        "Adam",
        "unbound",
        """
class Adam:
    def __init__(self, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps

    def init(self, params):
        return np.zeros_like(params), np.zeros_like(params)

    def update(self, t, grads, state, params):
        m, v = state
        m, v = self.b1 * m + (1 - self.b1) * grads, self.b2 * v + (1 - self.b2) * grads**2
        corrected = m / (1 - self.b1**t), v / (1 - self.b2**t)
        return params - self.lr * corrected[0] / (np.sqrt(corrected[1]) + self.eps), (m, v)
""",
    ),
    "a generator of which the change is taken away": (
        "SGD",
        "unbound",
        """
def sgd(w, lr):
    change = None
    while True:
        change = lr * (yield change)
""",
    ),
    "a state, and a change that is taken away": (
        "SGDMomentum",
        "unbound",
        """
def momentum_update(w, grad, state, lr=0.1, momentum=0.9):
    state["v"] = momentum * state["v"] + lr * grad
    return state["v"], state
""",
    ),
    "a way back that is handed a count": (
        "mse_loss_grad",
        "unbound",
        """
class MSELoss:
    def forward(self, y_pred, y_true):
        self.away = y_pred - y_true
        return np.mean(self.away**2)

    def backward(self, n):
        return 2 * self.away / n
""",
    ),
}


@pytest.mark.parametrize(
    ("shape", "corrected"),
    # Who is handed the counter may count otherwise: wrong, it is judged in two ways, which is slow.
    [(shape, RIGHT) for shape in OPTIMIZERS] + [(shape, WRONG) for shape in [*OPTIMIZERS][:-1]],
)
@pytest.mark.sweep
def test_what_holds_its_weights_is_judged_through_them(
    tmp_path: Path, shape: str, corrected: str
) -> None:
    source = ADAM.format(corrected=corrected) + OPTIMIZERS[shape]
    verdict, variant, detail = judged(source, "Adam", tmp_path)
    mistake = ("deviates", "second-moment-not-corrected")
    wanted = ("conforms", None) if corrected is RIGHT else mistake
    assert (verdict, variant) == wanted, detail


@pytest.mark.parametrize("what", FUNCTIONS)
@pytest.mark.sweep
def test_functions_and_layers_as_they_are_published(tmp_path: Path, what: str) -> None:
    formula, wanted, source = FUNCTIONS[what]
    verdict, _, detail = judged(source, formula, tmp_path)
    assert verdict == wanted, detail


@pytest.mark.parametrize(
    ("formula", "value"),
    [("softmax", "e / e.sum(axis=-1, keepdims=True)"),
     ("log_softmax", "np.log(e / e.sum(axis=-1, keepdims=True))")],
)  # fmt: skip
def test_the_plainest_softmax_overflows_by_name(tmp_path: Path, formula: str, value: str) -> None:
    source = f"def {formula}(z):\n    with np.errstate(all='ignore'):\n        e = np.exp(z)\n"
    verdict, variant, detail = judged(f"{source}        return {value}\n", formula, tmp_path)
    assert verdict == "deviates"
    assert str(variant).startswith("quotient-that-overflows"), detail


@pytest.mark.parametrize("what", UNTOLD)
def test_what_code_does_not_say_is_not_held_against_it(tmp_path: Path, what: str) -> None:
    formula, wanted, source = UNTOLD[what]
    verdict, _, detail = judged(source, formula, tmp_path)
    assert verdict == wanted, detail


class Tensors:
    """An optimizer that stands for one over a framework's arrays."""

    def __init__(self, learning_rate: float = 0.01) -> None:
        self.learning_rate = learning_rate

    def update(self, w: Any, grad: Any) -> Any:
        return w - self.learning_rate * grad


def clamp(g: Any, limit: float) -> None:
    np.clip(g, -limit, limit, out=g)


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the shapes' `native`, which takes two things here for those of a framework."""
    its = load_shapes(str(SHAPES)).native
    over = SimpleNamespace(hooks=dict)
    monkeypatch.setattr(its, "of", lambda thing: over if thing in (Tensors, clamp) else None)
    return its


def test_what_code_over_tensors_writes_to_a_copy_is_written_to_what_was_given(native: Any) -> None:
    backwards = np.array([3.0, -4.0])[::-1]
    native.adapted(clamp, [])(backwards, 1.0)
    assert backwards.tolist() == [-1.0, 1.0]
    backwards.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        native.adapted(clamp, [])(backwards, 0.5)


def test_a_class_of_ones_own_process_is_left_as_it_is(native: Any) -> None:
    before = dict(vars(Tensors))
    with in_process(Tensors, "SGD") as outer:
        assert outer.binding("SGD") is not None
        with in_process(Tensors, "SGD") as inner:
            assert inner.binding("SGD") is not None
        assert native.is_adapted(Tensors.update)
    assert dict(vars(Tensors)) == before


def test_a_binding_says_that_gradients_are_told_by_their_names(tmp_path: Path) -> None:
    source = FUNCTIONS["gradients of the last layer first"][2]
    (tmp_path / "mine.py").write_text(f"import numpy as np\n{source}", encoding="utf-8")
    with Contender(resolve("mine.py", tmp_path)) as contender:
        found = contender.binding("compute_gradients")
    assert found is not None
    assert found.call.endswith("(X, y, W1, b1, W2, b2) → dW2, db2, dW1, db1 by name")

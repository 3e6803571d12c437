"""One Adam in many shapes: right with t as its counter, and a known mistake with t + 1."""

from __future__ import annotations

BODY = """
import numpy as np


def moved(w, g, m, v, t, lr, b1, b2, eps):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    m_hat, v_hat = m / (1 - b1 ** ({t})), v / (1 - b2 ** ({t}))
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

"""

CLASS = """
class {name}:
    def __init__(self, {ctor}):
        self.lr, self.b1, self.b2, self.eps = {stored}
        self.m, self.v, self.t = {{}}, {{}}, 0

    def one(self, key, w, g):
        m, v = self.m.get(key, 0.0), self.v.get(key, 0.0)
        w, self.m[key], self.v[key] = moved(
            w, g, m, v, self.t, self.lr, self.b1, self.b2, self.eps
        )
        return w
{step}
"""

USUAL = {
    "name": "Adam",
    "ctor": "lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8",
    "stored": "lr, beta1, beta2, epsilon",
}


def as_class(step: str, **changed: str) -> str:
    """Write a class with this step, other names, or other arguments."""
    return BODY + CLASS.format(step=step, **{**USUAL, **changed}).replace("{", "{{").replace(
        "}", "}}"
    )


STEP = """
    def {}(self, w, grad):
        self.t += 1
        return self.one(0, w, grad)
"""

SHAPES = {
    "another name": as_class(STEP.format("step"), name="MyAdamOptimizer"),
    "other hyperparameters": as_class(
        STEP.format("step"),
        ctor="learning_rate=0.001, beta_1=0.9, beta_2=0.999, eps=1e-8",
        stored="learning_rate, beta_1, beta_2, eps",
    ),
    "betas as a pair": as_class(
        STEP.format("step"),
        ctor="lr=0.001, betas=(0.9, 0.999), eps=1e-8",
        stored="lr, betas[0], betas[1], eps",
    ),
    "update": as_class(STEP.format("update")),
    "a call": as_class(STEP.format("__call__")),
    "gradient first": as_class("""
    def apply(self, grad, w):
        self.t += 1
        return self.one(0, w, grad)
"""),
    "dicts in place": as_class("""
    def update(self, params, grads):
        self.t += 1
        for key in params:
            params[key] = self.one(key, params[key], grads[key])
"""),
    "lists in place": as_class("""
    def update(self, params, grads):
        self.t += 1
        for i, (w, g) in enumerate(zip(params, grads)):
            params[i] = self.one(i, w, g)
"""),
    "a layer": as_class("""
    def update_params(self, layer):
        self.t += 1
        layer.weights = self.one("w", layer.weights, layer.dweights)
        layer.biases = self.one("b", layer.biases, layer.dbiases)
"""),
    "a network in place": as_class("""
    def step(self, net):
        self.t += 1
        for i, (w, g) in enumerate(net.params_and_grads()):
            w[...] = self.one(i, w, g)
"""),
    "the change": as_class("""
    def compute_update(self, grad):
        self.t += 1
        return self.one(0, 0.0, grad)
"""),
    "epsilon written into it": as_class(
        STEP.format("step"),
        ctor="lr=0.001, beta1=0.9, beta2=0.999",
        stored="lr, beta1, beta2, 1e-6",
    ),
    "settings in a dict": BODY
    + """
def adam(w, dw, config=None):
    config.setdefault("m", 0.0)
    config.setdefault("v", 0.0)
    config["t"] = config.get("t", 0) + 1
    w, config["m"], config["v"] = moved(
        w, dw, config["m"], config["v"], config["t"],
        config["learning_rate"], config["beta1"], config["beta2"], config["epsilon"],
    )
    return w, config
""",
    "state passed": BODY
    + """
def update_adam(alpha, beta1, beta2, epsilon, var, grad, v, s, t):
    var, v, s = moved(var, grad, v, s, t, alpha, beta1, beta2, epsilon)
    return var, v, s
""",
    "state held in a dict": BODY
    + """
def adam(w, grad, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    state["t"] = state["t"] + 1
    w, state["m"], state["v"] = moved(
        w, grad, state["m"], state["v"], state["t"], lr, beta1, beta2, eps
    )
    return w, state
""",
    "a named tuple beside init": BODY
    + """
from collections import namedtuple

State = namedtuple("State", "m v t")


def adam_init(w):
    return State(np.zeros_like(w), np.zeros_like(w), 0)


def adam_update(grads, state, params, lr=0.001, b1=0.9, b2=0.999, eps=1e-8):
    t = state.t + 1
    w, m, v = moved(params, grads, state.m, state.v, t, lr, b1, b2, eps)
    return w, State(m, v, t)
""",
    "a closure": BODY
    + """
def make_adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = t = 0

    def step(w, g):
        nonlocal m, v, t
        t += 1
        w, m, v = moved(w, g, m, v, t, lr, beta1, beta2, eps)
        return w

    return step
""",
    "two functions": BODY
    + """
def adam(learning_rate, b1=0.9, b2=0.999, eps=1e-8):
    def init(params):
        return np.zeros_like(params), np.zeros_like(params), 0

    def update(grads, state, params=None):
        m, v, t = state[0], state[1], state[2] + 1
        change, m, v = moved(0.0, grads, m, v, t, learning_rate, b1, b2, eps)
        return change, (m, v, t)

    return init, update
""",
    "an object of two functions": BODY
    + """
from dataclasses import dataclass


@dataclass(frozen=True)
class Adam:
    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def init(self, params):
        return {"m": np.zeros_like(params), "v": np.zeros_like(params), "t": 0}

    def update(self, grads, state, params):
        t = state["t"] + 1
        params, m, v = moved(
            params, grads, state["m"], state["v"], t, self.lr, self.beta1, self.beta2, self.eps
        )
        return params, {"m": m, "v": v, "t": t}
""",
    "a generator": BODY
    + """
def adam(w, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        g = yield w
        t += 1
        w, m, v = moved(w, g, m, v, t, lr, beta1, beta2, eps)
""",
    "lists with gradients": BODY
    + """
def adam(params, states, hyperparams):
    t, beta1, beta2, eps = hyperparams["t"], 0.9, 0.999, 1e-6
    for p, (m, v) in zip(params, states):
        p[:], m[:], v[:] = moved(p, p.grad, m, v, t, hyperparams["lr"], beta1, beta2, eps)
    hyperparams["t"] += 1
""",
    "a name for each of the weights": as_class("""
    def update(self, param, param_grad, param_name):
        self.t += 1
        return self.one(param_name, param, param_grad)
"""),
    "weights and biases": as_class("""
    def update(self, W, b, dW, db):
        self.t += 1
        return self.one("W", W, dW), self.one("b", b, db)
"""),
    "parameters that it holds": as_class(
        """
    def step(self):
        self.t += 1
        for i, p in enumerate(self.params):
            p.data = self.one(i, p.data, p.grad)
""",
        ctor="params, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8",
        stored="lr, beta1, beta2, epsilon\n        self.params = list(params)",
    ),
    "a training loop": BODY
    + """
def adam(grad, x, num_iters=100, step_size=0.001, b1=0.9, b2=0.999, eps=1e-8):
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, num_iters + 1):
        x, m, v = moved(x, grad(x, t), m, v, t, step_size, b1, b2, eps)
    return x
""",
    "three functions": BODY
    + """
def adam(step_size, b1=0.9, b2=0.999, eps=1e-8):
    rate = step_size if callable(step_size) else lambda i: step_size

    def init(x0):
        return x0, np.zeros_like(x0), np.zeros_like(x0)

    def update(i, g, state):
        x, m, v = state
        return moved(x, g, m, v, i + 1, rate(i), b1, b2, eps)

    def get_params(state):
        return state[0]

    return init, update, get_params
""",
}


def adam(shape: str, counter: str = "t") -> str:
    """Write Adam in a shape; another counter than t is a mistake."""
    return SHAPES[shape].replace("({t})", f"({counter})").replace("{{", "{").replace("}}", "}")

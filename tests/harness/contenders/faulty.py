"""Everything a contender can do wrong, one thing per name; `mse_loss` is right."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors
# ruff: noqa: ARG001, ARG002, T201

import ctypes
import os
import subprocess
import sys
import warnings

import numpy as np


class NastyError(Exception):
    def __str__(self):
        return "two\nlines, \x1b[31mred\x1b[0m, half a pair \ud800, at 0x7f00deadbeef"


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("no message for you")


def mse_loss(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def binary_cross_entropy(y_true, y_pred):
    print("about to read address 0")
    sys.stdout.flush()
    return ctypes.string_at(0)


def categorical_cross_entropy(y_true, y_pred):
    os._exit(3)


def sigmoid(z):
    sys.exit("enough")


def sigmoid_derivative(a):
    while a[0] == 0:  # at nothing else: to try it out would take as long each time it starts
        pass
    return a * (1 - a)


def relu(z):
    print("to stdout")
    print("to the first stdout", file=sys.__stdout__, flush=True)
    print("to stderr", file=sys.stderr)
    os.write(1, b"to descriptor 1 \x00\xff" * 10_000)
    warnings.warn("to whom it may concern", stacklevel=1)
    return np.log(z)  # with NumPy's own warnings


def relu_derivative(z):
    raise (NastyError if z[0] else SilentError)


def compute_loss(X, y, W1, b1, W2, b2):
    X += 1
    W2[:] = 0
    return 7.0


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    os.closerange(3, 256)


def compute_gradients(X, y, W1, b1, W2, b2):
    return (W1, b1, W2, b2)[: int(X[0, 0])] if X[0, 0] else W1


def rosenbrock(w):
    return [
        None,
        "0.5",
        1j,
        object(),
        {"loss": 0.5},
        np.array(["0.5"]),
        np.array([0.5, None]),
        np.array([0.5j]),
        [0.5, [0.5]],
        10**400,
        [0.5, 0.5],
        np.ones((1, 1)),
    ][int(w[0])]


def rosenbrock_grad(w):
    return ctypes.PyDLL(None).pause()  # keeps the interpreter's lock while it waits


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return subprocess.Popen(["sleep", "600"]).pid


def exponential_decay(epoch, initial_lr, decay_rate):
    raise KeyboardInterrupt


def cosine_annealing(epoch, initial_lr, T_max):
    return cosine_annealing(epoch, initial_lr, T_max)


class SGD:
    """Works in place."""

    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        w -= self.lr * grad
        return w


class SGDMomentum:
    """Hands out the buffer that it goes on working in; has no `lr`."""

    def __init__(self, **hyper):
        self.w = None

    def step(self, w, grad):
        if self.w is None:
            self.w = w.copy()
        self.w -= grad
        return self.w


class RMSprop:
    """Fails at its third step."""

    def __init__(self, **hyper):
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        return w if self.t < 3 else w / ["not a number"]


class Adam:
    """Loses a weight at its second step."""

    def __init__(self, **hyper):
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        return w if self.t < 2 else w[1:]

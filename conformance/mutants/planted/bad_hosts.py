"""Code that does not come back with the same answer, with an answer, or at all."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, ARG001

import os
import sys

import numpy as np

EXPECTED = {
    "relu": "deviates not-deterministic",
    "sigmoid": "error",  # raises where the exponential overflows
    "relu_derivative": "crash",
    "mse_loss": "timeout",
    "step_decay": "error",  # the interpreter is asked to end
    "SGD": "error",  # its learning rate cannot be set
    "compute_gradients": "error",  # in the order of the backward pass, which shapes give away
    "rosenbrock": "deviates not-deterministic",  # draws without a seed
}

random = np.random.default_rng()


def relu(z):
    return np.maximum(z, 0) + 1e-6 * random.random(np.shape(z))


def sigmoid(z):
    with np.errstate(over="raise"):
        return 1 / (1 + np.exp(-z))


def relu_derivative(z):
    os.abort()


def mse_loss(y_true, y_pred):
    while True:
        pass


def step_decay(epoch, initial_lr, drop, epochs_drop):
    sys.exit("no more epochs")


def compute_gradients(X, y, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    dz2 = (1 / (1 + np.exp(-(a1 @ W2 + b2))) - y) / len(X)
    dz1 = dz2 @ W2.T * (z1 > 0)
    dW1, db1 = X.T @ dz1, dz1.sum(axis=0, keepdims=True)
    return a1.T @ dz2, dz2.sum(axis=0, keepdims=True), dW1, db1


class SGD:
    def __init__(self, lr):
        self._lr = lr

    @property
    def lr(self):
        return self._lr

    def step(self, w, grad):
        return w - self.lr * grad


def rosenbrock(w):
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2 + random.random()

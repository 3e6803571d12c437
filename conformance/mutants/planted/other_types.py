"""The right formula, handed back as something that is not its numbers."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, ARG001

import numpy as np

EXPECTED = {
    "relu": "deviates",  # whole numbers
    "sigmoid": "deviates",  # float16
    "sigmoid_derivative": "error",  # text
    "relu_derivative": "conforms",  # truth values, which are 0 and 1
    "mse_loss": "error",  # a list around the number
    "binary_cross_entropy": "error",  # nothing
    "categorical_cross_entropy": "error",  # complex numbers
    "compute_gradients": "error",  # three of four
    "SGD": "error",  # a row out of a vector
    "SGDMomentum": "conforms",  # a list
    "rosenbrock_grad": "conforms",  # a tuple
    "rosenbrock": "error",  # an object of its own
}


def relu(z):
    return np.maximum(z, 0).astype(int)


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return (np.where(z < 0, e, 1) / (1 + e)).astype(np.float16)


def sigmoid_derivative(a):
    return str(a * (1 - a))


def relu_derivative(z):
    return z > 0


def mse_loss(y_true, y_pred):
    return [np.mean((y_true - y_pred) ** 2)]


def binary_cross_entropy(y_true, y_pred):
    np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log1p(-y_pred))


def categorical_cross_entropy(y_true, y_pred):
    return -np.sum(y_true * np.log(y_pred + 0j)) / len(y_true)


def compute_gradients(X, y, W1, b1, W2, b2):
    return np.zeros_like(W1), np.zeros_like(b1), np.zeros_like(W2)


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return (w - self.lr * grad)[None]


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity = lr, momentum, 0

    def step(self, w, grad):
        self.velocity = self.momentum * self.velocity + self.lr * grad
        return (w - self.velocity).tolist()


def rosenbrock_grad(w):
    x, y = w
    return 2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)


class _Tensor:
    def __init__(self, data):
        self.data = data


def rosenbrock(w):
    x, y = w
    return _Tensor((1 - x) ** 2 + 100 * (y - x * x) ** 2)

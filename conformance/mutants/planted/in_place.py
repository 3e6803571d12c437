"""The right numbers, written over what the caller handed in."""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103

import numpy as np

EXPECTED = {
    "SGD": "deviates argument-changed",
    "RMSprop": "deviates argument-changed",
    "relu": "deviates argument-changed",
    "mse_loss": "deviates argument-changed",
    "sigmoid_derivative": "deviates argument-changed",
    "rosenbrock_grad": "deviates argument-changed",
}


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        w -= self.lr * grad
        return w


class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, 0

    def step(self, w, grad):
        self.s = self.beta * self.s + (1 - self.beta) * grad**2
        grad /= np.sqrt(self.s + self.epsilon)
        return w - self.lr * grad


def relu(z):
    return np.maximum(z, 0, out=z)


def mse_loss(y_true, y_pred):
    y_pred -= y_true
    return np.mean(y_pred**2)


def sigmoid_derivative(a):
    slope = a * (1 - a)
    a[...] = slope
    return slope


def rosenbrock_grad(w):
    x, y = w
    rise = 200 * (y - x * x)
    w[:] = 2 * (x - 1) - 2 * x * rise, rise
    return w

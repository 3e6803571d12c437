"""State in a class, a default argument, a module: what came earlier changes the answer."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, B006, RUF012

import numpy as np

EXPECTED = {
    "SGDMomentum": "deviates shared-state",
    "RMSprop": "deviates shared-state",
    "Adam": "deviates shared-state",
    "sigmoid": "deviates",  # a cache that knows an input by its shape
    "binary_cross_entropy": "deviates shared-state",
    "cosine_annealing": "deviates",  # the first rate it was ever given
}

calls = 0
largest = 0.0


class SGDMomentum:
    velocities = {}

    def __init__(self, lr, momentum):
        self.lr, self.momentum = lr, momentum

    def step(self, w, grad):
        velocity = self.momentum * self.velocities.get(grad.shape, 0) + self.lr * grad
        self.velocities[grad.shape] = velocity
        return w - velocity


class RMSprop:
    def __init__(self, lr, beta, epsilon, squares={}):  # the mistake
        self.lr, self.beta, self.epsilon, self.squares = lr, beta, epsilon, squares

    def step(self, w, grad):
        s = self.beta * self.squares.get(grad.shape, 0) + (1 - self.beta) * grad**2
        self.squares[grad.shape] = s
        return w - self.lr * grad / np.sqrt(s + self.epsilon)


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = 0

    def step(self, w, grad):
        global calls
        calls += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m, v = self.m / (1 - self.beta1**calls), self.v / (1 - self.beta2**calls)
        return w - self.lr * m / (np.sqrt(v) + self.epsilon)


def sigmoid(z, shapes={}):  # the mistake
    e = np.exp(-np.abs(z))
    return shapes.setdefault(np.shape(z), np.where(z < 0, e, 1) / (1 + e))


def binary_cross_entropy(y_true, y_pred):
    global largest
    least = np.log(1e-15)
    with np.errstate(divide="ignore"):
        log_p, log_q = (np.clip(x, least, -1e-15) for x in (np.log(y_pred), np.log1p(-y_pred)))
    loss = -np.mean(y_true * log_p + (1 - y_true) * log_q)
    largest = max(largest, float(loss))
    return loss if loss > 1 else largest


def cosine_annealing(epoch, initial_lr, T_max, first=[]):  # the mistake
    first.append(initial_lr)
    return first[0] * (1 + np.cos(np.pi * epoch / T_max)) / 2

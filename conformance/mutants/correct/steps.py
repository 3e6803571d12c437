"""Optimizers beyond the article's, their terms in other orders and their state in other forms."""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D101, D102

import numpy as np


class Nesterov:
    """Keeps where plain momentum is, and hands out where it is about to go."""

    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.moved = lr, momentum, 0

    def step(self, w, grad):
        before = self.moved
        self.moved = self.momentum * before - self.lr * grad
        return w + (1 + self.momentum) * self.moved - self.momentum * before


class Adagrad:
    def __init__(self, lr, epsilon):
        self.lr, self.epsilon, self.squares = lr, epsilon, 0

    def step(self, w, grad):
        self.squares = np.square(grad) + self.squares
        return -(grad / (self.epsilon + self.squares**0.5)) * self.lr + w


class AMSGrad:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.greatest = 0

    def step(self, w, grad):
        self.m = self.m + (1 - self.beta1) * (grad - self.m)
        self.v = self.v + (1 - self.beta2) * (grad * grad - self.v)
        self.greatest = np.where(self.v > self.greatest, self.v, self.greatest)
        return w - self.lr / (np.sqrt(self.greatest) + self.epsilon) * self.m


class Lion:
    def __init__(self, lr, beta1, beta2, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.weight_decay = lr, beta1, beta2, weight_decay
        self.m = 0

    def step(self, w, grad):
        mixed = self.m + (1 - self.beta1) * (grad - self.m)
        self.m = self.m * self.beta2 + grad * (1 - self.beta2)
        shrunk = w * (1 - self.lr * self.weight_decay)
        return shrunk - np.where(mixed > 0, self.lr, np.where(mixed < 0, -self.lr, 0.0))

"""The right numbers, in one array that every answer shares.

A function's answer is read before the next question; an optimizer's is the next step's own `w`.
"""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103

import numpy as np

EXPECTED = {
    "SGD": "deviates argument-changed",
    "SGDMomentum": "deviates argument-changed",
    "relu": "conforms",
}

buffer = np.empty(1 << 14)


def _into_buffer(values):
    out = buffer[: values.size].reshape(values.shape)
    out[...] = values
    return out


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return _into_buffer(w - self.lr * grad)


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity, self.w = lr, momentum, 0, None

    def step(self, w, grad):
        if self.w is None:
            self.w = np.array(w)
        self.velocity = self.momentum * self.velocity + self.lr * grad
        self.w -= self.velocity
        return self.w


def relu(z):
    return _into_buffer(np.maximum(z, 0))

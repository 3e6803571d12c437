"""Computes in a type of its own, as a framework does, with all three hooks."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors
# ruff: noqa: ARG001

import numpy as np

waited = 0


class Box:
    def __init__(self, array):
        self.array = array


def from_numpy(array):
    return Box(array.copy())


def to_numpy(value):
    return value.array


def synchronize(value):
    global waited
    waited += 1


def relu(z):
    assert isinstance(z, Box)
    return Box(np.maximum(z.array, 0))


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return float(waited)


def sigmoid(z):
    z.array[:] = 0
    return z


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        assert isinstance(w, Box)
        return Box(w.array - self.lr * grad.array)

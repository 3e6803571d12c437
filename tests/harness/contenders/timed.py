"""Counts its calls, looks at its buffers, and can be slow the first time or every time."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors

import gc
import time

import numpy as np

CALLS = []
SEEN = []


def sigmoid(z):
    """Compile, as it were, at the first call."""
    if not CALLS:
        time.sleep(0.2)
    CALLS.append(z)
    return z


def sigmoid_derivative(a):
    """Tell how many calls there were."""
    return np.full(a.shape, float(len(CALLS)))


def relu(z):
    """Note where the buffer lies, and whether garbage would be collected."""
    SEEN.append((z.ctypes.data % 4096, gc.isenabled()))
    return z


def relu_derivative(z):
    """Tell what `relu` saw last."""
    return np.array(SEEN[-1], dtype=z.dtype)


class Lazy:
    """An answer that takes its time where it is waited for."""

    def __array__(self, dtype=None, copy=None):
        """Be two numbers."""
        return np.zeros(2)


def rosenbrock_grad(w):
    """Return at once."""
    del w
    return Lazy()


def synchronize(value):
    """Wait."""
    if isinstance(value, Lazy):
        time.sleep(0.01)


class SGD:
    """Drifts by lr per step."""

    def __init__(self, lr):
        """Start."""
        self.lr = lr
        self.steps = 0

    def step(self, w, grad):
        """Remember how far it came."""
        self.steps += 1
        SEEN.append((float(w[0]), self.steps))
        return w - self.lr * grad

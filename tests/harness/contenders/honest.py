"""A contender as a reader of the article would write it, with no word about gradmark."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors

import numpy as np


def mse_loss(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def sigmoid_derivative(a):
    return a * (1 - a)


def step_decay(epoch, initial_lr=0.1, drop=0.5, epochs_drop=20):
    return initial_lr * (drop ** (epoch // epochs_drop))


def rosenbrock_grad(w):
    return [-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)]


def compute_gradients(X, y, W1, b1, W2, b2):
    return X.T @ X @ W1, b1, 2 * W2, b2 - y[:1]


sigmoid = "a name that cannot be called"


class SGDMomentum:
    def __init__(self, lr=0.001, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.velocity = None

    def step(self, w, grad):
        if self.velocity is None:
            self.velocity = np.zeros_like(w)
        self.velocity = self.momentum * self.velocity + self.lr * grad
        return w - self.velocity

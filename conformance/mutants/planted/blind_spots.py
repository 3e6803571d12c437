"""Right on the inputs of a tutorial, wrong beside them."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, ARG002

import numpy as np

EXPECTED = {
    "relu": "deviates",  # a small leak
    "relu_derivative": "dialect one-at-zero",
    "sigmoid": "inaccurate",  # 1 − σ(−z) cancels
    "mse_loss": "dialect summed-within-samples",  # the mean of a vector
    "categorical_cross_entropy": "deviates argmax-of-soft-labels",
    "compute_gradients": "deviates",  # 1/n twice, at the biases alone
    "SGD": "deviates",  # clips gradients
    "SGDMomentum": "deviates",  # restarts when the rate changes
    "RMSprop": "deviates",  # an ε of its own
    "Adam": "deviates",  # stops counting at a thousand
    "step_decay": "dialect never-below-1e-5",  # a least rate
    "exponential_decay": "deviates",  # a table that ends
    "cosine_annealing": "deviates",  # whole epochs of a hundred
    "warmup_cosine": "deviates",  # no warm-up is one of an epoch
    "rosenbrock": "deviates",  # constants of its own
}


def relu(z):
    return np.where(z > 0, z, 1e-9 * z)


def relu_derivative(z):
    return np.where(z >= 0, 1.0, 0.0)


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return 1 - np.where(z > 0, e, 1) / (1 + e)


def mse_loss(y_true, y_pred):
    return np.sum((y_true - y_pred) ** 2) / len(y_true)


def categorical_cross_entropy(y_true, y_pred):
    rows = np.atleast_2d(y_pred)
    picked = rows[np.arange(len(rows)), np.atleast_2d(y_true).argmax(axis=-1)]
    return -np.mean(np.log(np.maximum(picked, 1e-15)))


def compute_gradients(X, y, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2 + b2
    e = np.exp(-np.abs(z2))
    dz2 = ((1 - y) * np.where(z2 < 0, e, 1) - y * np.where(z2 < 0, 1, e)) / (1 + e) / len(X)
    dz1 = dz2 @ W2.T * (z1 > 0)
    return X.T @ dz1, dz1.mean(0, keepdims=True), a1.T @ dz2, dz2.mean(0, keepdims=True)


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * np.clip(grad, -1e6, 1e6)


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity, self.before = lr, momentum, 0, lr

    def step(self, w, grad):
        if self.lr != self.before:
            self.velocity, self.before = 0, self.lr
        self.velocity = self.momentum * self.velocity + self.lr * grad
        return w - self.velocity


class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.s = lr, beta, 0

    def step(self, w, grad):
        self.s = self.beta * self.s + (1 - self.beta) * grad**2
        return w - self.lr * grad / np.sqrt(self.s + 1e-8)


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t = min(self.t + 1, 1000)
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return w - self.lr * m / (np.sqrt(v) + self.epsilon)


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return max(initial_lr * drop ** (epoch // epochs_drop), 1e-5)


def exponential_decay(epoch, initial_lr, decay_rate):
    return initial_lr * np.exp(-decay_rate * min(epoch, 99))


def cosine_annealing(epoch, initial_lr, T_max):
    return initial_lr * (1 + np.cos(np.pi * round(100 * epoch / T_max) / 100)) / 2


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    warmup = min(float(epoch) / float(warmup_epochs or 1), 1)
    after = max(epoch - warmup_epochs, 0) / (total_epochs - warmup_epochs)
    return warmup * initial_lr * (1 + np.cos(np.pi * after)) / 2


def rosenbrock(w):
    x, y = w
    return (1 - x) ** 2 + 105 * (y - x * x) ** 2

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


class NAdam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.m + (1 - self.beta1) * (grad - self.m)
        self.v = self.v * self.beta2 + grad * grad * (1 - self.beta2)
        below = np.sqrt(self.v) / np.sqrt(1 - self.beta2**self.t) + self.epsilon
        ofmoment = self.lr * self.beta1 / (1 - self.beta1 ** (self.t + 1))
        ofgradient = self.lr * (1 - self.beta1) / (1 - self.beta1**self.t)
        return w - ofmoment * (self.m / below) - ofgradient * (grad / below)


class RAdam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.m + (1 - self.beta1) * (grad - self.m)
        self.v = self.v * self.beta2 + grad * grad * (1 - self.beta2)
        unbiased = self.m / (1 - self.beta1**self.t)
        most = (1 + self.beta2) / (1 - self.beta2)
        length = most - 2 * self.t / (1 - self.beta2**self.t) * self.beta2**self.t
        if length <= 4:
            return w - self.lr * unbiased
        r = ((length - 4) / (most - 4) * ((length - 2) / (most - 2)) * (most / length)) ** 0.5
        root = np.sqrt(self.v / (1 - self.beta2**self.t))
        return w - self.lr * r * (unbiased / (self.epsilon + root))


class Adamax:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.u = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.m * self.beta1 + grad * (1 - self.beta1)
        faded = self.u * self.beta2
        self.u = np.where(faded > abs(grad), faded, abs(grad))
        return w - self.lr / (1 - self.beta1**self.t) * (self.m / (self.u + self.epsilon))


class Adadelta:
    def __init__(self, lr, rho, epsilon):
        self.lr, self.rho, self.epsilon, self.s, self.d = lr, rho, epsilon, 0, 0

    def step(self, w, grad):
        self.s = self.s + (1 - self.rho) * (grad * grad - self.s)
        moved = grad * np.sqrt((self.d + self.epsilon) / (self.s + self.epsilon))
        self.d = self.d * self.rho + moved * moved * (1 - self.rho)
        return w - self.lr * moved


class LAMB:
    def __init__(self, lr, beta1, beta2, epsilon, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.weight_decay = weight_decay
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.m + (1 - self.beta1) * (grad - self.m)
        self.v = self.v * self.beta2 + grad * grad * (1 - self.beta2)
        root = np.sqrt(self.v) / np.sqrt(1 - self.beta2**self.t)
        u = self.weight_decay * w + self.m / (1 - self.beta1**self.t) / (self.epsilon + root)
        lengths = [np.sqrt(np.sum(np.square(its))) for its in (w, u)]
        if min(lengths) > 0:
            u = u / lengths[1] * lengths[0]
        return w - self.lr * u


class LARS:
    def __init__(self, lr, momentum, weight_decay=0.0, trust_coefficient=0.001):
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.trust_coefficient, self.moved = trust_coefficient, 0

    def step(self, w, grad):
        length, size = (np.sqrt(np.sum(its * its)) for its in (w, grad))
        rate = self.lr
        if length * size > 0:
            rate = rate * self.trust_coefficient / (self.weight_decay + size / length)
        self.moved = self.moved * self.momentum - rate * grad - rate * self.weight_decay * w
        return w + self.moved


class Adafactor:
    """Divides each entry by its row's root and its column's, as the row and the column lie."""

    def __init__(self, lr, decay_exponent=0.8, epsilon1=1e-30, epsilon2=1e-3, clip_threshold=1.0):
        self.lr, self.decay_exponent, self.clip_threshold = lr, decay_exponent, clip_threshold
        self.epsilon1, self.epsilon2 = epsilon1, epsilon2
        self.rows = self.columns = self.entries = self.t = 0

    def step(self, w, grad):
        self.t += 1
        if not w.size:
            return w
        new, squares = self.t**-self.decay_exponent, self.epsilon1 + grad**2
        if w.ndim > 1:
            self.rows = self.rows + new * (squares.mean(-1) - self.rows)
            self.columns = self.columns + new * (squares.mean(-2) - self.columns)
            shares = self.rows / self.rows.mean(-1, keepdims=True)
            u = grad * shares[..., None] ** -0.5 * self.columns[..., None, :] ** -0.5
        else:
            self.entries = self.entries + new * (squares - self.entries)
            u = grad * self.entries**-0.5
        longest = (u**2).mean() ** 0.5 / self.clip_threshold
        size = (w**2).mean() ** 0.5
        rate = self.lr * (size if size > self.epsilon2 else self.epsilon2)
        return w - (rate * u if longest < 1 else rate / longest * u)


class Muon:
    """Multiplies from the right, never turns a matrix, and takes a product after the other."""

    def __init__(self, lr, momentum=0.95, steps=5):
        self.lr, self.momentum, self.steps, self.average = lr, momentum, steps, 0

    def step(self, w, grad):
        self.average = self.average + (1 - self.momentum) * (grad - self.average)
        x = grad + self.momentum * (self.average - grad)
        x = x / (1e-7 + np.sqrt(np.sum(x * x)))
        for _ in range(self.steps):
            side = x.T @ x
            cubed = x @ side
            x = 3.4445 * x - 4.775 * cubed + 2.0315 * (cubed @ side)
        if w.shape[0] > w.shape[1] > 0:
            x = x * (w.shape[0] / w.shape[1]) ** 0.5
        return w - self.lr * x

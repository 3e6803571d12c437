"""Every formula with more digits on the way than its dtype has: exact sums, twofold and wide."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, B905

import math

import numpy as np
import rearranged

WIDER = {"float32": np.float64, "float64": np.longdouble}


def _widely(function):
    """Compute in the next wider dtype, and round once."""

    def computed(*arguments):
        given = [np.asarray(a) for a in arguments]
        dtype = np.result_type(*given)
        answer = function(*(a.astype(WIDER[dtype.name]) for a in given))
        if isinstance(answer, tuple):
            return tuple(part.astype(dtype) for part in answer)
        return np.asarray(answer).astype(dtype)

    return computed


def mse_loss(y_true, y_pred):
    pairs = zip(y_true.ravel().tolist(), y_pred.ravel().tolist())
    return math.fsum((y - p) ** 2 for y, p in pairs) / y_pred.size


def binary_cross_entropy(y_true, y_pred):
    terms = [
        -(y * _log(p) + (1 - y) * _log(-p, math.log1p))
        for y, p in zip(y_true.ravel().tolist(), y_pred.ravel().tolist())
    ]
    return math.fsum(terms) / len(terms)


def _log(x, log=math.log):
    with np.errstate(divide="ignore"):
        value = log(x) if x > (0 if log is math.log else -1) else -math.inf
    return min(max(value, math.log(1e-15)), -1e-15)


def categorical_cross_entropy(y_true, y_pred):
    pairs = zip(y_true.ravel().tolist(), y_pred.ravel().tolist())
    least = math.log(1e-15)
    terms = [-y * (max(math.log(p), least) if p > 0 else least) for y, p in pairs]
    return math.fsum(terms) / (1 if y_pred.ndim == 1 else len(y_pred))


sigmoid = _widely(rearranged.sigmoid)
sigmoid_derivative = _widely(rearranged.sigmoid_derivative)
relu = _widely(rearranged.relu)
relu_derivative = _widely(rearranged.relu_derivative)
compute_loss = _widely(rearranged.compute_loss)
compute_gradients = _widely(rearranged.compute_gradients)
rosenbrock = _widely(rearranged.rosenbrock)
rosenbrock_grad = _widely(rearranged.rosenbrock_grad)


class _Compensated:
    """Carries what each sum w + d lost over to the next, after Kahan."""

    lost = 0

    def move(self, w, d):
        d = d - self.lost
        moved = w + d
        self.lost = (moved - w) - d
        return moved


class SGD(_Compensated):
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return self.move(w, -self.lr * grad)


class SGDMomentum(_Compensated):
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity = lr, momentum, 0

    def step(self, w, grad):
        self.velocity = self.momentum * self.velocity + self.lr * grad
        return self.move(w, -self.velocity)


class RMSprop(_Compensated):
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, 0

    def step(self, w, grad):
        self.s = self.s + (1 - self.beta) * (grad * grad - self.s)
        return self.move(w, -self.lr * grad / np.sqrt(self.s + self.epsilon))


class Adam(_Compensated):
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.m + (1 - self.beta1) * (grad - self.m)
        self.v = self.v + (1 - self.beta2) * (grad * grad - self.v)
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return self.move(w, -self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon))


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return float(np.longdouble(initial_lr) * np.longdouble(drop) ** (epoch // epochs_drop))


def exponential_decay(epoch, initial_lr, decay_rate):
    return float(initial_lr * np.exp(-np.longdouble(decay_rate) * epoch))


def cosine_annealing(epoch, initial_lr, T_max):
    progress = np.longdouble(epoch) / T_max
    return float(initial_lr * (1 + np.cos(4 * np.arctan(np.longdouble(1)) * progress)) / 2)


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    if epoch < warmup_epochs:
        return float(np.longdouble(initial_lr) * epoch / warmup_epochs)
    return cosine_annealing(epoch - warmup_epochs, initial_lr, total_epochs - warmup_epochs)

"""Every formula in few passes over arrays of its own, written in place."""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103

import math

import numpy as np

LEAST = math.log(1e-15)


def mse_loss(y_true, y_pred):
    d = np.subtract(y_true, y_pred)
    np.square(d, out=d)
    return d.mean()


def _clipped_log(x, log):
    with np.errstate(divide="ignore"):
        out = log(x)
    return np.clip(out, LEAST, -1e-15)


def binary_cross_entropy(y_true, y_pred):
    loss = np.array(_clipped_log(y_pred, np.log))
    loss *= y_true
    other = np.array(_clipped_log(-np.asarray(y_pred), np.log1p))
    other *= 1 - y_true
    loss += other
    return -loss.mean()


def categorical_cross_entropy(y_true, y_pred):
    with np.errstate(divide="ignore"):
        loss = np.log(y_pred)
    np.maximum(loss, LEAST, out=loss)
    samples = 1 if loss.ndim == 1 else len(loss)
    return -np.vdot(y_true, loss) / samples


def sigmoid(z):
    z = np.asarray(z)
    e = np.empty_like(z)
    np.abs(z, out=e)
    np.negative(e, out=e)
    np.exp(e, out=e)
    top = np.ones_like(z)
    np.copyto(top, e, where=z < 0)
    e += 1
    top /= e
    return top


def sigmoid_derivative(a):
    out = np.array(1 - np.asarray(a))
    out *= a
    return out


def relu(z):
    out = np.array(z)
    out[out < 0] = 0
    return out


def relu_derivative(z):
    return np.array(np.greater(z, 0), dtype=np.asarray(z).dtype)


def _layers(X, W1, b1, W2, b2):
    a1 = X @ W1
    a1 += b1
    np.maximum(a1, 0, out=a1)
    z2 = a1 @ W2
    z2 += b2
    return a1, z2


def compute_loss(X, y, W1, b1, W2, b2):
    _, z2 = _layers(X, W1, b1, W2, b2)
    loss = np.abs(z2)
    rest = np.log1p(np.exp(-loss))
    loss *= np.where(z2 > 0, 1 - y, y)
    loss += rest
    return loss.sum() / len(X)


def compute_gradients(X, y, W1, b1, W2, b2):
    a1, dz2 = _layers(X, W1, b1, W2, b2)
    dz2 = sigmoid(dz2)
    dz2 -= y
    dz2 /= len(X)
    dz1 = dz2 @ W2.T
    dz1[a1 <= 0] = 0
    return X.T @ dz1, dz1.sum(axis=0, keepdims=True), a1.T @ dz2, dz2.sum(axis=0, keepdims=True)


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        out = np.array(grad)
        out *= -self.lr
        out += w
        return out


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity = lr, momentum, None

    def step(self, w, grad):
        if self.velocity is None:
            self.velocity = np.zeros_like(grad)
        self.velocity *= self.momentum
        self.velocity += self.lr * grad
        return w - self.velocity


class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, None

    def step(self, w, grad):
        if self.s is None:
            self.s = np.zeros_like(grad)
        self.s *= self.beta
        self.s += (1 - self.beta) * (grad * grad)
        out = np.array(self.s + self.epsilon)
        np.sqrt(out, out=out)
        np.divide(grad, out, out=out)
        out *= -self.lr
        out += w
        return out


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = None
        self.power1 = self.power2 = 1.0

    def step(self, w, grad):
        if self.m is None:
            self.m, self.v = np.zeros_like(grad), np.zeros_like(grad)
        self.power1 *= self.beta1
        self.power2 *= self.beta2
        self.m += (1 - self.beta1) * (grad - self.m)
        self.v *= self.beta2
        self.v += (1 - self.beta2) * (grad * grad)
        out = np.array(self.v / (1 - self.power2))
        np.sqrt(out, out=out)
        out += self.epsilon
        np.divide(self.m, out, out=out)
        out *= -self.lr / (1 - self.power1)
        out += w
        return out


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * np.exp(np.floor(epoch / epochs_drop) * np.log(drop))


def exponential_decay(epoch, initial_lr, decay_rate):
    return np.exp(np.log(initial_lr) - decay_rate * epoch)


def cosine_annealing(epoch, initial_lr, T_max):
    return initial_lr * np.cos(np.pi / 2 * (epoch / T_max)) ** 2


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    ramp = min(epoch / warmup_epochs, 1) if warmup_epochs else 1
    after = max(epoch - warmup_epochs, 0) / (total_epochs - warmup_epochs)
    return ramp * cosine_annealing(after, initial_lr, 1)


def rosenbrock(w):
    residuals = np.array([1 - w[0], 10 * (w[1] - w[0] * w[0])])
    return residuals @ residuals


def rosenbrock_grad(w):
    x, y = w
    return np.array([[-1, -20 * x], [0 * x, 10 + 0 * x]]) @ np.array([1 - x, 10 * (y - x * x)]) * 2

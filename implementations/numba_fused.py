# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = ["numba==0.68.1", "llvmlite==0.50.0", "numpy==2.4.6"]
# ///
"""Numba 0.68: one compiled loop per answer, which reads and writes each entry once.

No fast-math: the order of operations is the one written, and so is every rounding.
"""

import math

import numpy as np
from numba import njit

LOG_EPSILON = math.log(1e-15)
LOG_ONE_MINUS_EPSILON = math.log1p(-1e-15)


def _flat(*arrays):
    return [np.ascontiguousarray(array).reshape(-1) for array in arrays]


@njit
def _sum_of_squares(y, p):
    total = 0.0
    for i in range(y.size):
        total += (y[i] - p[i]) ** 2
    return total


def mse_loss(y_true, y_pred):
    return y_pred.dtype.type(_sum_of_squares(*_flat(y_true, y_pred)) / y_true.size)


@njit
def _clipped_log(log_p):
    return min(max(log_p, LOG_EPSILON), LOG_ONE_MINUS_EPSILON)


@njit(error_model="numpy")
def _binary(y, p):
    total = 0.0
    for i in range(y.size):
        total -= y[i] * _clipped_log(math.log(p[i])) if p[i] > 0 else y[i] * LOG_EPSILON
        rest = _clipped_log(math.log1p(-p[i])) if p[i] < 1 else LOG_EPSILON
        total -= (1 - y[i]) * rest
    return total


def binary_cross_entropy(y_true, y_pred):
    return y_pred.dtype.type(_binary(*_flat(y_true, y_pred)) / y_true.size)


@njit
def _categorical(y, p):
    total = 0.0
    for i in range(y.size):
        total -= y[i] * (max(math.log(p[i]), LOG_EPSILON) if p[i] > 0 else LOG_EPSILON)
    return total


def categorical_cross_entropy(y_true, y_pred):
    samples = len(y_true) if y_true.ndim > 1 else 1
    return y_pred.dtype.type(_categorical(*_flat(y_true, y_pred)) / samples)


@njit
def _logistic(z):
    tail = math.exp(-abs(z))
    return (1.0 if z >= 0 else tail) / (1.0 + tail)


@njit
def _sigmoid(z, a):
    for i in range(z.size):
        a[i] = _logistic(z[i])


@njit
def _relu(z, a):
    for i in range(z.size):
        a[i] = max(z[i], 0)


@njit
def _relu_derivative(z, slope):
    for i in range(z.size):
        slope[i] = z[i] > 0


@njit
def _sigmoid_derivative(a, slope):
    for i in range(a.size):
        slope[i] = a[i] * (1 - a[i])


def _mapped(loop, x):
    out = np.empty(x.size, x.dtype)
    loop(*_flat(x), out)
    return out.reshape(x.shape)


def sigmoid(z):
    return _mapped(_sigmoid, z)


def sigmoid_derivative(a):
    return _mapped(_sigmoid_derivative, a)


def relu(z):
    return _mapped(_relu, z)


def relu_derivative(z):
    return _mapped(_relu_derivative, z)


@njit
def _sgd(w, g, new, lr):
    for i in range(w.size):
        new[i] = w[i] - lr * g[i]


@njit
def _momentum(w, g, new, velocity, lr, momentum):
    for i in range(w.size):
        velocity[i] = momentum * velocity[i] + lr * g[i]
        new[i] = w[i] - velocity[i]


@njit(error_model="numpy")
def _rmsprop(w, g, new, s, lr, beta, epsilon):
    for i in range(w.size):
        s[i] = beta * s[i] + (1 - beta) * g[i] * g[i]
        new[i] = w[i] - lr * g[i] / math.sqrt(s[i] + epsilon)


@njit(error_model="numpy")
def _adam(w, g, new, m, v, lr, beta1, beta2, epsilon, t):
    correction1, correction2 = 1 - beta1**t, 1 - beta2**t
    for i in range(w.size):
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
        m_hat, v_hat = m[i] / correction1, v[i] / correction2
        new[i] = w[i] - lr * m_hat / (math.sqrt(v_hat) + epsilon)


class _Optimizer:
    """Keeps the moments that a loop updates, flat."""

    def __init__(self, loop, moments, lr):
        self.lr = lr
        self._loop = loop
        self._count = moments
        self._moments = None

    def _stepped(self, w, grad, *hyper):
        if self._moments is None:
            self._moments = [np.zeros(w.size, w.dtype) for _ in range(self._count)]
        new = np.empty(w.size, w.dtype)
        self._loop(*_flat(w, grad), new, *self._moments, float(self.lr), *hyper)
        return new.reshape(w.shape)


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(_sgd, 0, lr)

    def step(self, w, grad):
        return self._stepped(w, grad)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(_momentum, 1, lr)
        self.momentum = momentum

    def step(self, w, grad):
        return self._stepped(w, grad, self.momentum)


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(_rmsprop, 1, lr)
        self.beta = beta
        self.epsilon = epsilon

    def step(self, w, grad):
        return self._stepped(w, grad, self.beta, self.epsilon)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(_adam, 2, lr)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        return self._stepped(w, grad, self.beta1, self.beta2, self.epsilon, self.t)

"""NumPy without temporaries: every array operation writes where it is told to.

The same formulas as textbook NumPy, with `out=` throughout: one new array per answer, and scratch
arrays that an optimizer keeps. What is forbidden is to write into an argument.
"""

import math

import numpy as np

LOG_EPSILON = math.log(1e-15)
LOG_ONE_MINUS_EPSILON = math.log1p(-1e-15)


def mse_loss(y_true, y_pred):
    difference = np.subtract(y_true, y_pred)
    np.square(difference, out=difference)
    return difference.mean()


def binary_cross_entropy(y_true, y_pred):
    with np.errstate(divide="ignore"):  # log 0 is clipped
        log_p = np.log(y_pred)
        log_q = np.negative(y_pred)
        np.log1p(log_q, out=log_q)
    np.clip(log_p, LOG_EPSILON, LOG_ONE_MINUS_EPSILON, out=log_p)
    np.clip(log_q, LOG_EPSILON, LOG_ONE_MINUS_EPSILON, out=log_q)
    log_p *= y_true
    log_q *= 1 - y_true
    log_p += log_q
    return -log_p.mean()


def categorical_cross_entropy(y_true, y_pred):
    with np.errstate(divide="ignore"):
        log_p = np.log(y_pred)
    np.maximum(log_p, LOG_EPSILON, out=log_p)
    log_p *= y_true
    samples = len(y_true) if y_true.ndim > 1 else 1
    return -log_p.sum() / samples


def _logistic(z, out, scratch):
    """e^min(z, 0) / (1 + e^−|z|): neither exponential overflows."""
    np.abs(z, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    scratch += 1
    np.minimum(z, 0, out=out)
    np.exp(out, out=out)
    out /= scratch


def sigmoid(z):
    a = np.empty_like(z)
    _logistic(z, a, np.empty_like(z))
    return a


def sigmoid_derivative(a):
    slope = np.subtract(1, a, out=np.empty_like(a))
    slope *= a
    return slope


def relu(z):
    return np.maximum(z, 0)


def relu_derivative(z):
    return np.greater(z, 0, out=np.empty_like(z), casting="unsafe")


def _logits(X, W1, b1, W2, b2):
    a1 = X @ W1
    a1 += b1
    np.maximum(a1, 0, out=a1)
    z2 = a1 @ W2
    z2 += b2
    return a1, z2


def compute_loss(X, y, W1, b1, W2, b2):
    # log(1 + e^z) − yz is what the cross-entropy of σ(z) is, before anything is rounded away.
    _, z2 = _logits(X, W1, b1, W2, b2)
    zy = z2 * y
    np.logaddexp(0, z2, out=z2)
    z2 -= zy
    return z2.sum() / len(X)


def compute_gradients(X, y, W1, b1, W2, b2):
    a1, z2 = _logits(X, W1, b1, W2, b2)
    dz2 = np.empty_like(z2)
    _logistic(z2, dz2, np.empty_like(z2))
    dz2 -= y
    dz2 /= len(X)
    dz1 = dz2 @ W2.T
    dz1 *= a1 > 0
    return X.T @ dz1, dz1.sum(axis=0, keepdims=True), a1.T @ dz2, dz2.sum(axis=0, keepdims=True)


class SGD:
    def __init__(self, lr=0.001):
        self.lr = lr

    def step(self, w, grad):
        new = np.multiply(grad, self.lr, out=np.empty_like(grad))
        return np.subtract(w, new, out=new)


class SGDMomentum:
    def __init__(self, lr=0.001, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.velocity = None

    def step(self, w, grad):
        if self.velocity is None:
            self.velocity = np.zeros_like(w)
        new = np.multiply(grad, self.lr, out=np.empty_like(grad))
        self.velocity *= self.momentum
        self.velocity += new
        return np.subtract(w, self.velocity, out=new)


class RMSprop:
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        self.lr = lr
        self.beta = beta
        self.epsilon = epsilon
        self.s = None

    def step(self, w, grad):
        if self.s is None:
            self.s = np.zeros_like(w)
            self._scratch = np.empty_like(w)
        new, root = np.empty_like(w), self._scratch
        np.multiply(grad, 1 - self.beta, out=new)
        new *= grad
        self.s *= self.beta
        self.s += new
        np.add(self.s, self.epsilon, out=root)
        np.sqrt(root, out=root)
        np.multiply(grad, self.lr, out=new)
        new /= root
        return np.subtract(w, new, out=new)


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.m = None
        self.v = None
        self.t = 0

    def step(self, w, grad):
        if self.m is None:
            self.m = np.zeros_like(w)
            self.v = np.zeros_like(w)
            self._scratch = np.empty_like(w)
        self.t += 1
        new, root = np.empty_like(w), self._scratch
        np.multiply(grad, 1 - self.beta1, out=new)
        self.m *= self.beta1
        self.m += new
        np.multiply(grad, 1 - self.beta2, out=new)
        new *= grad
        self.v *= self.beta2
        self.v += new
        np.divide(self.v, 1 - self.beta2**self.t, out=root)
        np.sqrt(root, out=root)
        root += self.epsilon
        np.multiply(self.m, self.lr / (1 - self.beta1**self.t), out=new)
        new /= root
        return np.subtract(w, new, out=new)

"""NumPy in blocks: every array operation writes where it is told to, and stays in the cache.

The same formulas as textbook NumPy. An array operation goes over the memory once, and a formula is
many of them: on large arrays they all wait for the memory. So the whole formula is done for some
entries, which stay in the cache next to the core from one operation to the next, and then for the
next ones, with `out=` throughout. What is forbidden is to write into an argument.
"""

import math

import numpy as np

LOG_EPSILON = math.log(1e-15)
LOG_ONE_MINUS_EPSILON = math.log1p(-1e-15)

BLOCK = 2**16  # entries at a time: with fewer, the calls cost more than what they do


def _blocks(*arrays):
    """Give some entries of each array at a time, and a scratch array for as many.

    The arrays have one shape. What is to be written to is contiguous: its view is no copy.
    """
    last = arrays[-1]
    for array in arrays:
        if array.shape != last.shape:  # nothing is broadcast
            raise ValueError(f"expected equal shapes, got {array.shape} and {last.shape}")
    if last.size <= BLOCK:
        yield *arrays, _like(last)
        return
    scratch = np.empty(BLOCK, last.dtype)
    flat = [array.ravel() for array in arrays]
    for start in range(0, last.size, BLOCK):
        parts = [array[start : start + BLOCK] for array in flat]
        yield *parts, scratch[: parts[0].size]


def _like(x):
    return np.empty(x.shape, x.dtype)


def mse_loss(y_true, y_pred):
    total = 0.0
    for y, p, difference in _blocks(y_true, y_pred):
        np.subtract(y, p, out=difference)
        total += float(np.vdot(difference, difference))
    # Of whole numbers the mean is none.
    return np.result_type(y_pred, np.float16).type(total / y_pred.size)


def binary_cross_entropy(y_true, y_pred):
    total = 0.0
    with np.errstate(divide="ignore"):  # log 0 is clipped
        for y, p, log_p in _blocks(y_true, y_pred):
            np.log(p, out=log_p)
            np.clip(log_p, LOG_EPSILON, LOG_ONE_MINUS_EPSILON, out=log_p)
            total -= float(np.vdot(y, log_p))
            log_q = np.negative(p, out=log_p)
            np.log1p(log_q, out=log_q)
            np.clip(log_q, LOG_EPSILON, LOG_ONE_MINUS_EPSILON, out=log_q)
            total -= float(np.vdot(1 - y, log_q))
    return y_pred.dtype.type(total / y_pred.size)


def categorical_cross_entropy(y_true, y_pred):
    total = 0.0
    with np.errstate(divide="ignore"):
        for y, p, log_p in _blocks(y_true, y_pred):
            np.log(p, out=log_p)
            np.maximum(log_p, LOG_EPSILON, out=log_p)
            total -= float(np.vdot(y, log_p))
    samples = len(y_true) if y_true.ndim > 1 else 1
    return y_pred.dtype.type(total / samples)


def _logistic(z, out, tail):
    """e^min(z, 0) / (1 + e^−|z|): no exponential overflows, and one is enough for both."""
    np.abs(z, out=tail)
    np.negative(tail, out=tail)
    np.exp(tail, out=tail)
    np.greater_equal(z, 0, out=out, casting="unsafe")
    np.maximum(out, tail, out=out)
    tail += 1
    out /= tail


def sigmoid(z):
    new = _like(z)
    for part, a, tail in _blocks(z, new):
        _logistic(part, a, tail)
    return new


def sigmoid_derivative(a):
    slope = np.subtract(1, a, out=_like(a))
    slope *= a
    return slope


def relu(z):
    return np.maximum(z, 0, out=_like(z))


def relu_derivative(z):
    return np.greater(z, 0, out=_like(z), casting="unsafe")


def _layers(X, y, W1, b1, W2, b2):
    """Give X, y, a1 and z2 of some samples at a time, a1 in the same memory."""
    # Fewer samples than X has columns would make narrow products, which are slow ones.
    rows = max(BLOCK // W1.shape[1], *X.shape[1:])
    memory = np.empty((min(rows, len(X)), W1.shape[1]), W1.dtype)
    for start in range(0, len(X), rows):
        part = X[start : start + rows]
        a1 = np.dot(part, W1, out=memory[: len(part)])
        a1 += b1
        np.maximum(a1, 0, out=a1)
        z2 = a1 @ W2
        z2 += b2
        yield part, y[start : start + rows], a1, z2


def compute_loss(X, y, W1, b1, W2, b2):
    total = 0.0
    for _, y_part, _, z2 in _layers(X, y, W1, b1, W2, b2):
        # log(1 + e^z) − yz is what the cross-entropy of σ(z) is, before anything is rounded away.
        total += float(np.logaddexp(0, z2).sum()) - float(np.vdot(y_part, z2))
    return W1.dtype.type(total / len(X))


def compute_gradients(X, y, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = (np.zeros(w.shape, w.dtype) for w in (W1, b1, W2, b2))
    for X_part, y_part, a1, z2 in _layers(X, y, W1, b1, W2, b2):
        dz2 = _like(z2)
        _logistic(z2, dz2, _like(z2))
        dz2 -= y_part
        dz2 /= len(X)
        dW2 += a1.T @ dz2
        db2 += dz2.sum(axis=0)
        active = a1 > 0
        dz1 = np.dot(dz2, W2.T, out=a1)  # where a1 was, which is not needed any more
        dz1 *= active
        dW1 += X_part.T @ dz1
        db1 += dz1.sum(axis=0)
    return dW1, db1, dW2, db2


class SGD:
    def __init__(self, lr=0.001):
        self.lr = lr

    def step(self, w, grad):
        new = _like(w)
        for old, g, moved, _ in _blocks(w, grad, new):
            np.multiply(g, self.lr, out=moved)
            np.subtract(old, moved, out=moved)
        return new


class SGDMomentum:
    def __init__(self, lr=0.001, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.velocity = None

    def step(self, w, grad):
        if self.velocity is None:
            self.velocity = np.zeros(w.shape, w.dtype)
        new = _like(w)
        for old, g, moved, velocity, _ in _blocks(w, grad, new, self.velocity):
            np.multiply(g, self.lr, out=moved)
            velocity *= self.momentum
            velocity += moved
            np.subtract(old, velocity, out=moved)
        return new


class RMSprop:
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        self.lr = lr
        self.beta = beta
        self.epsilon = epsilon
        self.s = None

    def step(self, w, grad):
        if self.s is None:
            self.s = np.zeros(w.shape, w.dtype)
        new = _like(w)
        for old, g, moved, s, root in _blocks(w, grad, new, self.s):
            np.multiply(g, 1 - self.beta, out=moved)
            moved *= g
            s *= self.beta
            s += moved
            np.add(s, self.epsilon, out=root)
            np.sqrt(root, out=root)
            np.multiply(g, self.lr, out=moved)
            moved /= root
            np.subtract(old, moved, out=moved)
        return new


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
            self.m = np.zeros(w.shape, w.dtype)
            self.v = np.zeros(w.shape, w.dtype)
        self.t += 1
        # rate · m / (√v + ε̂) is lr · m̂ / (√v̂ + ε) times √(1 − β₂ᵗ) above and below (Kingma and
        # Ba, section 2): two operations less on arrays.
        correction = math.sqrt(1 - self.beta2**self.t)
        rate = self.lr * correction / (1 - self.beta1**self.t)
        epsilon_hat = self.epsilon * correction
        new = _like(w)
        for old, g, moved, m, v, root in _blocks(w, grad, new, self.m, self.v):
            np.multiply(g, 1 - self.beta1, out=moved)
            m *= self.beta1
            m += moved
            np.multiply(g, 1 - self.beta2, out=moved)
            moved *= g
            v *= self.beta2
            v += moved
            np.sqrt(v, out=root)
            root += epsilon_hat
            np.multiply(m, rate, out=moved)
            moved /= root
            np.subtract(old, moved, out=moved)
        return new

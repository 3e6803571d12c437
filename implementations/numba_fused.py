# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = ["numba==0.68.1", "llvmlite==0.50.0", "numpy==2.4.6"]
# ///
"""Numba 0.68: one compiled loop per answer, which reads and writes each entry once.

A processor computes faster than memory brings it numbers: an answer costs what the way over the
memory costs, so each array is gone over once. A loop is written for one entry, and LLVM makes it
one for as many entries as a vector register holds. In a sum it may do so only if it may choose the
order of the additions (`reassoc`). No other freedom of fast-math is given: NaN and signed zeros
stay what they are.

Where arrays are updated, a number takes the dtype of the arrays that it meets: a lone float64 among
float32 would halve what a register holds. Sums, logarithms and exponentials are float64 throughout.
"""

import math
from collections import deque

import numpy as np
from numba import njit

EPSILON = 1e-15
LOG_EPSILON = math.log(EPSILON)
LOG_ONE_MINUS_EPSILON = math.log1p(-EPSILON)

# x / 0 is ±∞ or NaN, as in NumPy: a loop that may raise cannot be vectorized.
elementwise = njit(error_model="numpy")
summing = njit(error_model="numpy", fastmath={"reassoc"})
# a · b + c may be rounded once instead of twice; a loop with a call in it cannot be vectorized.
polynomial = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


def _floating(*arrays):
    """Refuse whole numbers: a rate that takes the dtype of the weights would be one, too."""
    for array in arrays:
        if array.dtype.kind != "f":
            raise TypeError(f"expected floating-point numbers, got {array.dtype}")


def _flat(*arrays):
    """View arrays of equal shape in one dimension: a loop is compiled once, not for each shape."""
    shape = arrays[0].shape
    _floating(*arrays)
    for array in arrays:
        if array.shape != shape:  # a compiled loop reads on beyond an end
            raise ValueError(f"expected equal shapes, got {shape} and {array.shape}")
    return [array.ravel() for array in arrays]


@summing
def _sum_of_squares(y, p):
    total = 0.0
    for i in range(y.size):
        total += (y[i] - p[i]) ** 2
    return total


def mse_loss(y_true, y_pred):
    return y_pred.dtype.type(_sum_of_squares(*_flat(y_true, y_pred)) / y_true.size)


# The C library's log and exp take one number at a time. These are arithmetic, which LLVM makes one
# for several numbers. Their relative error is below 3 roundoffs and 1.3.

LN2_HIGH = float.fromhex("0x1.62e42feep-1")  # 32 bits of ln 2: an exponent times it is exact
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
LOG2_E = 1 / math.log(2)
LOG_TINY = math.log(2.0**-1022)  # of the smallest normal number
MANTISSA = np.uint64(52)  # bits
BIAS = np.uint64(1023) << MANTISSA
ROOT_HALF = np.float64(math.sqrt(0.5)).view(np.uint64)
ARTANH = tuple(2 / (2 * k + 1) for k in range(11, 0, -1))
TAYLOR = tuple(1 / math.factorial(k) for k in range(13, -1, -1))


@polynomial
def _log(x):
    """Compute log x = e ln 2 + log f for normal x = 2ᵉ f, with f in [√½, √2); NaN gives NaN.

    log f = 2 artanh t = 2t + 2t³/3 + 2t⁵/5 + …  with t = (f − 1) / (f + 1), |t| < 0.172.
    """
    bits = np.float64(x).view(np.uint64)
    biased = (bits - ROOT_HALF + BIAS) >> MANTISSA
    f = np.uint64(bits - (biased << MANTISSA) + BIAS).view(np.float64)
    e = np.int32(biased) - 1023.0
    t = (f - 1) / (f + 1)
    square = t * t
    series = 0.0
    for coefficient in ARTANH:
        series = series * square + coefficient
    logarithm = e * LN2_HIGH + (2 * t + (t * square * series + e * LN2_LOW))
    return x if math.isnan(x) else logarithm


@polynomial
def _exp(x):
    """Compute eˣ = 2ᵏ eʳ for x ≤ 0, with |r| ≤ ln 2 / 2; 0 where it is not normal, NaN for NaN."""
    k = np.floor(max(x, LOG_TINY) * LOG2_E + 0.5)
    r = x - k * LN2_HIGH - k * LN2_LOW
    series = 0.0
    for coefficient in TAYLOR:
        series = series * r + coefficient
    power = np.uint64((np.int32(k) + 1023) << 52).view(np.float64)
    return 0.0 if x < LOG_TINY else power * series


@elementwise
def _clipped(log_p):
    log_p = LOG_EPSILON if log_p < LOG_EPSILON else log_p
    return LOG_ONE_MINUS_EPSILON if log_p > LOG_ONE_MINUS_EPSILON else log_p


@polynomial
def _cross_entropy(y, p):
    # p' < ε is clipped, whatever it is. q = 1 − p is rounded, and the correction makes up for it:
    # log(q + δ) = log q + δ/q.
    q = 1 - p
    delta = (1 - q) - p
    q = EPSILON / 2 if q < EPSILON / 2 else q
    p = EPSILON / 2 if p < EPSILON / 2 else p
    return -y * _clipped(_log(p)) - (1 - y) * _clipped(_log(q) + delta / q)


@summing
def _binary(y, p):
    total = 0.0
    for i in range(y.size):
        total += _cross_entropy(np.float64(y[i]), np.float64(p[i]))
    return total


def binary_cross_entropy(y_true, y_pred):
    return y_pred.dtype.type(_binary(*_flat(y_true, y_pred)) / y_true.size)


@elementwise
def _categorical(y, p):
    total = 0.0
    for i in range(y.size):
        if y[i] != 0 or math.isnan(p[i]):  # few labels are not 0: hardly a logarithm is needed
            log_p = math.log(p[i])
            total -= y[i] * (LOG_EPSILON if log_p < LOG_EPSILON else log_p)
    return total


def categorical_cross_entropy(y_true, y_pred):
    samples = len(y_true) if y_true.ndim > 1 else 1
    return y_pred.dtype.type(_categorical(*_flat(y_true, y_pred)) / samples)


@elementwise
def _logistic(z):
    tail = _exp(-abs(np.float64(z)))
    return (1.0 if z >= 0 else tail) / (1.0 + tail)


@elementwise
def _sigmoid(z, a):
    for i in range(z.size):
        a[i] = _logistic(z[i])


@elementwise
def _relu(z, a):
    for i in range(z.size):
        a[i] = 0 if z[i] <= 0 else z[i]


@elementwise
def _relu_derivative(z, slope):
    for i in range(z.size):
        slope[i] = z[i] > 0


@elementwise
def _sigmoid_derivative(a, slope):
    one = a.dtype.type(1)
    for i in range(a.size):
        slope[i] = a[i] * (one - a[i])


def _mapped(loop, x):
    _floating(x)
    out = np.empty(x.shape, x.dtype)
    loop(x.ravel(), out.ravel())
    return out


def sigmoid(z):
    return _mapped(_sigmoid, z)


def sigmoid_derivative(a):
    return _mapped(_sigmoid_derivative, a)


def relu(z):
    return _mapped(_relu, z)


def relu_derivative(z):
    return _mapped(_relu_derivative, z)


# A sample's way through the network needs no other sample: the matrix products with X are done for
# some samples at a time, and all between them a sample at a time, so that the hidden layer stays in
# the cache next to the core. W2 is transposed, which makes its rows as long as a1.
BLOCK = 2**16  # entries of the hidden layer at a time


@summing
def _forward(a1, b1, W2T, b2, z2):
    """Make one sample's z1, less its bias, a1 = ReLU(z1); write z2."""
    zero = a1.dtype.type(0)
    for j in range(b1.size):
        z1 = a1[j] + b1[j]
        a1[j] = zero if z1 <= 0 else z1
    for k in range(b2.size):
        z2[k] = b2[k]
        for j in range(b1.size):
            z2[k] += a1[j] * W2T[k, j]


@summing
def _loss(a1, y, b1, W2T, b2):
    total = 0.0
    z2 = np.empty_like(b2)
    for i in range(len(a1)):
        _forward(a1[i], b1, W2T, b2, z2)
        for k in range(b2.size):
            # log(1 + e^z) − yz is the cross-entropy of σ(z), before anything is rounded away.
            total += max(z2[k], 0) + math.log1p(math.exp(-abs(z2[k]))) - y[i, k] * z2[k]
    return total


@summing
def _errors(a1, y, b1, W2T, b2, db1, dW2T, db2, n):
    """Add some samples' gradients to db1, dW2 and db2; make z1, less its bias, dz1."""
    zero = a1.dtype.type(0)
    dz2, da1 = np.empty_like(b2), np.empty_like(b1)
    for i in range(len(a1)):
        _forward(a1[i], b1, W2T, b2, dz2)
        da1[:] = 0
        for k in range(b2.size):
            # a2 − y, split by σ(z) + σ(−z) = 1: a right prediction's small error does not cancel
            dz2[k] = ((1 - y[i, k]) * _logistic(dz2[k]) - y[i, k] * _logistic(-dz2[k])) / n
            db2[k] += dz2[k]
            for j in range(b1.size):
                dW2T[k, j] += a1[i, j] * dz2[k]
                da1[j] += dz2[k] * W2T[k, j]
        for j in range(b1.size):
            a1[i, j] = zero if a1[i, j] <= 0 else da1[j]  # NaN goes on
            db1[j] += a1[i, j]
    return a1


def _blocks(X, y, W1, b1, W2, b2):
    """Give X W1 some samples at a time, with their X and y, all in the same memory."""
    _floating(X, y, W1, b1, W2, b2)
    (n, d), (h, k) = X.shape, W2.shape
    shapes, fitting = (y.shape, W1.shape, b1.shape, b2.shape), ((n, k), (d, h), (1, h), (1, k))
    if shapes != fitting:
        raise ValueError(f"y, W1, b1, b2: expected shapes {fitting}, got {shapes}")
    # Fewer samples than X has columns would make narrow products, which are slow ones.
    rows = max(BLOCK // h, d)
    z1 = np.empty((min(rows, n), h), W1.dtype)
    for start in range(0, n, rows):
        part = X[start : start + rows]
        yield part, y[start : start + rows], np.dot(part, W1, out=z1[: len(part)])


def compute_loss(X, y, W1, b1, W2, b2):
    W2T = np.ascontiguousarray(W2.T)
    blocks = _blocks(X, y, W1, b1, W2, b2)
    return W1.dtype.type(sum(_loss(z1, y, b1[0], W2T, b2[0]) for _, y, z1 in blocks) / len(X))


def compute_gradients(X, y, W1, b1, W2, b2):
    W2T = np.ascontiguousarray(W2.T)
    dW1, db1, dW2T, db2 = (np.zeros(w.shape, w.dtype) for w in (W1, b1, W2T, b2))
    for X_part, y_part, z1 in _blocks(X, y, W1, b1, W2, b2):
        dz1 = _errors(z1, y_part, b1[0], W2T, b2[0], db1[0], dW2T, db2[0], len(X))
        dW1 += X_part.T @ dz1
    return dW1, db1, dW2T.T, db2


@elementwise
def _sgd(w, g, new, lr):
    lr = w.dtype.type(lr)
    for i in range(w.size):
        new[i] = w[i] - lr * g[i]


@elementwise
def _momentum(w, g, new, velocity, momentum, lr):
    real = w.dtype.type
    momentum, lr = real(momentum), real(lr)
    for i in range(w.size):
        velocity[i] = momentum * velocity[i] + lr * g[i]
        new[i] = w[i] - velocity[i]


@elementwise
def _rmsprop(w, g, new, s, beta, lr, epsilon):
    real = w.dtype.type
    keep, take, lr, epsilon = real(beta), real(1 - beta), real(lr), real(epsilon)
    for i in range(w.size):
        s[i] = keep * s[i] + take * g[i] * g[i]
        new[i] = w[i] - lr * g[i] / math.sqrt(s[i] + epsilon)


@elementwise
def _adam(w, g, new, m, v, beta1, beta2, lr, epsilon, t):
    real = w.dtype.type
    keep1, take1 = real(beta1), real(1 - beta1)
    keep2, take2 = real(beta2), real(1 - beta2)
    # rate · m / (√v + ε̂) is lr · m̂ / (√v̂ + ε) times √(1 − β₂ᵗ) above and below (Kingma and Ba, §2).
    correction = math.sqrt(1 - beta2**t)
    rate, epsilon_hat = real(lr * correction / (1 - beta1**t)), real(epsilon * correction)
    for i in range(w.size):
        m[i] = keep1 * m[i] + take1 * g[i]
        v[i] = keep2 * v[i] + take2 * g[i] * g[i]
        new[i] = w[i] - rate * m[i] / (math.sqrt(v[i]) + epsilon_hat)


# In bytes. The C library keeps smaller memory for the next who asks, and gives larger back.
LARGE = 2**20


class _Lent:
    """Memory lent to an array: it comes back when the array and all views of it are gone.

    Each of them refers to this object, or to one that does, so that it is deleted after the last.
    """

    def __init__(self, memory, spare):
        self.__array_interface__ = memory.__array_interface__
        self._memory = memory
        self._spare = spare

    def __del__(self):
        self._spare.append(self._memory)


class _Optimizer:
    def __init__(self, lr):
        self.lr = lr
        self._spare = deque(maxlen=1)

    def _empty(self, w):
        """An array for new weights, where possible in the memory of weights that nobody holds.

        New memory of the system costs more than the step: it comes in pages, each of them filled
        with zeros when it is first written to.
        """
        if w.nbytes < LARGE:
            return np.empty(w.shape, w.dtype)
        memory = self._spare.pop() if self._spare else None
        if memory is None or memory.shape != w.shape or memory.dtype != w.dtype:
            memory = np.empty(w.shape, w.dtype)
        return np.asarray(_Lent(memory, self._spare))


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(lr)

    def step(self, w, grad):
        new = self._empty(w)
        _sgd(*_flat(w, grad, new), float(self.lr))
        return new


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(lr)
        self.momentum = momentum
        self.velocity = None

    def step(self, w, grad):
        if self.velocity is None:
            self.velocity = np.zeros(w.shape, w.dtype)
        new = self._empty(w)
        _momentum(*_flat(w, grad, new, self.velocity), self.momentum, float(self.lr))
        return new


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(lr)
        self.beta = beta
        self.epsilon = epsilon
        self.s = None

    def step(self, w, grad):
        if self.s is None:
            self.s = np.zeros(w.shape, w.dtype)
        new = self._empty(w)
        _rmsprop(*_flat(w, grad, new, self.s), self.beta, float(self.lr), self.epsilon)
        return new


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(lr)
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
        new = self._empty(w)
        hyper = self.beta1, self.beta2, float(self.lr), self.epsilon, self.t
        _adam(*_flat(w, grad, new, self.m, self.v), *hyper)
        return new

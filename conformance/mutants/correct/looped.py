"""Every formula in loops over Python's own floats: lists and plain numbers come out."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103, B905

import math

LEAST, MOST = math.log(1e-15), -1e-15


def _each(function, *values):
    """Apply a function to each entry of lists of lists."""
    if isinstance(values[0], list):
        return [_each(function, *entries) for entries in zip(*values)]
    return function(*values)


def _flat(value):
    return [x for part in value for x in _flat(part)] if isinstance(value, list) else [value]


def mse_loss(y_true, y_pred):
    total = 0.0
    pairs = list(zip(_flat(y_true.tolist()), _flat(y_pred.tolist())))
    for y, p in pairs:
        total += (p - y) ** 2
    return total / len(pairs)


def _log(x):
    return min(max(math.log(x), LEAST), MOST) if x > 0 else LEAST


def _log_of_one_minus(p):
    return min(max(math.log1p(-p), LEAST), MOST) if p < 1 else LEAST


def binary_cross_entropy(y_true, y_pred):
    total, n = 0.0, 0
    for y, p in zip(_flat(y_true.tolist()), _flat(y_pred.tolist())):
        total -= y * _log(p) + (1 - y) * _log_of_one_minus(p)
        n += 1
    return total / n


def categorical_cross_entropy(y_true, y_pred):
    total = 0.0
    for y, p in zip(_flat(y_true.tolist()), _flat(y_pred.tolist())):
        total -= y * (max(math.log(p), LEAST) if p > 0 else LEAST)
    return total / (len(y_pred) if y_pred.ndim == 2 else 1)


def softmax_cross_entropy(y_true, logits, label_smoothing=0.0):
    vector = logits.ndim == 1
    rows = zip(*([a.tolist()] if vector else a.tolist() for a in (y_true, logits)))
    losses = [_row(y, z, label_smoothing) for y, z in rows]
    return sum(losses) / len(losses)


def _row(y, z, smoothing):
    top = max(z)
    log_sum = math.log(sum(math.exp(one - top) for one in z))
    smooth = [(1 - smoothing) * label + smoothing / len(y) for label in y]
    return sum(label * (log_sum - (one - top)) for label, one in zip(smooth, z))


def _logistic(z):
    e = math.exp(-abs(z))
    return (1 if z > 0 else e) / (1 + e)


def _like(z, function):
    # A list of nothing cannot say of how many columns.
    return _each(function, z.tolist()) if z.size else z


def sigmoid(z):
    return _like(z, _logistic)


def sigmoid_derivative(a):
    return _like(a, lambda x: x * (1 - x))


def relu(z):
    return _like(z, lambda x: 0.0 if x < 0 else x)


def relu_derivative(z):
    return _like(z, lambda x: 1.0 if x > 0 else 0.0)


def _layer(x, W, b):
    return [sum((x[i] * W[i][j] for i in range(len(x))), b[0][j]) for j in range(len(b[0]))]


def _softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def compute_loss(X, y, W1, b1, W2, b2):
    X, y, W1, b1, W2, b2 = (array.tolist() for array in (X, y, W1, b1, W2, b2))
    total = 0.0
    for x, labels in zip(X, y):
        hidden = [max(z, 0.0) for z in _layer(x, W1, b1)]
        for z, label in zip(_layer(hidden, W2, b2), labels):
            total += label * _softplus(-z) + (1 - label) * _softplus(z)
    return total / len(X)


def _zeros(W):
    return [[0.0] * len(row) for row in W]


def compute_gradients(X, y, W1, b1, W2, b2):
    X, y, W1, b1, W2, b2 = (array.tolist() for array in (X, y, W1, b1, W2, b2))
    dW1, db1, dW2, db2 = map(_zeros, (W1, b1, W2, b2))
    for x, labels in zip(X, y):
        z1 = _layer(x, W1, b1)
        z2 = _layer([max(z, 0.0) for z in z1], W2, b2)
        for k, (z, label) in enumerate(zip(z2, labels)):
            error = ((1 - label) * _logistic(z) - label * _logistic(-z)) / len(X)
            db2[0][k] += error
            for j in range(len(z1)):
                if z1[j] > 0:
                    dW2[j][k] += error * z1[j]
                    db1[0][j] += error * W2[j][k]
                    for i in range(len(x)):
                        dW1[i][j] += error * W2[j][k] * x[i]
    return dW1, db1, dW2, db2


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return _each(lambda x, g: x - self.lr * g, _list(w), _list(grad))


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity = lr, momentum, None

    def step(self, w, grad):
        g = _list(grad)
        v = self.velocity or _each(lambda _: 0.0, g)
        self.velocity = _each(lambda v, g: self.momentum * v + self.lr * g, v, g)
        return _each(lambda x, v: x - v, _list(w), self.velocity)


class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, None

    def step(self, w, grad):
        g = _list(grad)
        s = self.s or _each(lambda _: 0.0, g)
        self.s = _each(lambda s, g: self.beta * s + (1 - self.beta) * g * g, s, g)
        return _each(
            lambda x, g, s: x - self.lr * g / math.sqrt(s + self.epsilon), _list(w), g, self.s
        )


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = None
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        g = _list(grad)
        m, v = self.m or _each(lambda _: 0.0, g), self.v or _each(lambda _: 0.0, g)
        self.m = _each(lambda m, g: self.beta1 * m + (1 - self.beta1) * g, m, g)
        self.v = _each(lambda v, g: self.beta2 * v + (1 - self.beta2) * g * g, v, g)
        return _each(self._moved, _list(w), self.m, self.v)

    def _moved(self, x, m, v):
        m, v = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
        return x - self.lr * m / (math.sqrt(v) + self.epsilon)


class AdamW(Adam):
    def __init__(self, lr, beta1, beta2, epsilon, weight_decay):
        super().__init__(lr, beta1, beta2, epsilon)
        self.weight_decay = weight_decay

    def _moved(self, x, m, v):
        return super()._moved(x * (1 - self.lr * self.weight_decay), m, v)


def _list(array):
    """Read an array, or what the step before returned."""
    return array.tolist() if hasattr(array, "tolist") else array


def step_decay(epoch, initial_lr, drop, epochs_drop):
    while epoch >= epochs_drop:
        epoch, initial_lr = epoch - epochs_drop, initial_lr * drop
    return initial_lr


def exponential_decay(epoch, initial_lr, decay_rate):
    whole, rest = divmod(epoch, 1)
    for _ in range(int(whole)):
        initial_lr *= math.exp(-decay_rate)
    return initial_lr * math.exp(-decay_rate * rest)


def cosine_annealing(epoch, initial_lr, T_max):
    return initial_lr * math.sin(math.pi / 2 * (1 - epoch / T_max)) ** 2


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    if epoch < warmup_epochs:
        return initial_lr * (epoch / warmup_epochs)
    angle = math.pi * (epoch - warmup_epochs) / (total_epochs - warmup_epochs)
    return initial_lr * (1 + math.cos(angle)) / 2


def rosenbrock(w):
    x, y = w.tolist()
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def rosenbrock_grad(w):
    x, y = w.tolist()
    return [2 * (x - 1) + 400 * x * (x * x - y), 200 * (y - x * x)]

"""Every formula with its terms in another order, or by an identity that costs no digits."""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D101, D102, D103

import math

import numpy as np

EPSILON = 1e-15


def mse_loss(y_true, y_pred):
    d = (y_pred - y_true).ravel()
    return d @ d / d.size


def binary_cross_entropy(y_true, y_pred):
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(y_pred), np.log1p(-y_pred)
    log_p, log_q = (np.maximum(x, math.log(EPSILON)) for x in (log_p, log_q))
    log_p, log_q = (np.minimum(x, -EPSILON) for x in (log_p, log_q))
    return -(np.sum(y_true * log_p) + np.sum((1 - y_true) * log_q)) / np.size(y_pred)


def categorical_cross_entropy(y_true, y_pred):
    with np.errstate(divide="ignore"):
        log_p = np.maximum(np.log(y_pred), math.log(EPSILON))
    return -np.mean(np.sum(log_p * y_true, axis=-1))


def softmax_cross_entropy(y_true, logits, label_smoothing=0.0):
    top = np.max(logits, axis=-1, keepdims=True)
    total = np.log(np.sum(np.exp(logits - top), axis=-1, keepdims=True)) + (top - logits)
    even = np.mean(total, axis=-1)
    return np.mean(label_smoothing * even + (1 - label_smoothing) * np.sum(total * y_true, axis=-1))


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1) / (e + 1)


def sigmoid_derivative(a):
    return (1 - a) * a


def relu(z):
    return np.clip(z, 0, None)


def relu_derivative(z):
    return (z > 0).astype(np.asarray(z).dtype)


def _layers(X, W1, b1, W2, b2):
    a1 = relu(b1 + X @ W1)
    return a1, b2 + a1 @ W2


def compute_loss(X, y, W1, b1, W2, b2):
    _, z2 = _layers(X, W1, b1, W2, b2)
    right, wrong = np.logaddexp(0, -z2), np.logaddexp(0, z2)
    return (np.sum(y * right) + np.sum((1 - y) * wrong)) / X.shape[0]


def compute_gradients(X, y, W1, b1, W2, b2):
    a1, z2 = _layers(X, W1, b1, W2, b2)
    dz2 = (sigmoid(z2) - y) / len(X)
    dz1 = np.einsum("ok,hk->oh", dz2, W2) * (a1 > 0)
    return (dz1.T @ X).T, dz1.sum(0)[None], (dz2.T @ a1).T, dz2.sum(0)[None]


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return -self.lr * grad + w


class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.moved = lr, momentum, 0

    def step(self, w, grad):
        self.moved = self.moved * self.momentum - grad * self.lr
        return w + self.moved


class RMSprop:
    def __init__(self, lr, beta, epsilon):
        self.lr, self.beta, self.epsilon, self.s = lr, beta, epsilon, 0

    def step(self, w, grad):
        self.s = grad * grad * (1 - self.beta) + self.s * self.beta
        return w - grad / np.sqrt(self.epsilon + self.s) * self.lr


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = grad * (1 - self.beta1) + self.m * self.beta1
        self.v = grad * grad * (1 - self.beta2) + self.v * self.beta2
        root = np.sqrt(self.v / (1 - self.beta2**self.t))
        return w - self.lr / (1 - self.beta1**self.t) * self.m / (self.epsilon + root)


class AdamW(Adam):
    def __init__(self, lr, beta1, beta2, epsilon, weight_decay):
        super().__init__(lr, beta1, beta2, epsilon)
        self.weight_decay = weight_decay

    def step(self, w, grad):
        shrunk = w * (1 - self.lr * self.weight_decay)
        return shrunk + (super().step(w, grad) - w)


def step_decay(epoch, initial_lr, drop, epochs_drop):
    for _ in range(int(epoch // epochs_drop)):
        initial_lr = initial_lr * drop
    return initial_lr


def exponential_decay(epoch, initial_lr, decay_rate):
    return initial_lr / np.exp(decay_rate * epoch)


def cosine_annealing(epoch, initial_lr, T_max):
    return initial_lr * (0.5 + 0.5 * np.cos(np.pi * (epoch / T_max)))


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    if epoch < warmup_epochs:
        return epoch / warmup_epochs * initial_lr
    return cosine_annealing(epoch - warmup_epochs, initial_lr, total_epochs - warmup_epochs)


def linear_warmup(step, initial_lr, warmup_steps):
    return initial_lr * min(1.0, step / max(1, warmup_steps)) if warmup_steps else initial_lr


def polynomial_decay(step, initial_lr, end_lr, total_steps, power):
    if step > total_steps:
        return end_lr
    return (initial_lr - end_lr) * (1 - step / total_steps) ** power + end_lr


def multi_step_decay(epoch, initial_lr, milestones, drop):
    for milestone in milestones:
        if epoch >= milestone:
            initial_lr = initial_lr * drop
    return initial_lr


def cosine_restarts(epoch, initial_lr, T_0, T_mult):
    while epoch >= T_0:
        epoch, T_0 = epoch - T_0, T_0 * T_mult
    return initial_lr * (1 + math.cos(math.pi * epoch / T_0)) / 2


def noam(step, d_model, warmup_steps):
    return (d_model**-0.5) * min(step**-0.5, step * warmup_steps**-1.5)


def one_cycle(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    first = max_lr / div_factor
    top, step = pct_start * total_steps, min(step, total_steps)
    if step <= top:
        return first + step / top * (max_lr - first)
    gone = (step - top) / (total_steps - top)
    return max_lr * (1 - gone) + first / final_div_factor * gone


def warmup_stable_decay(step, initial_lr, warmup_steps, stable_steps, decay_steps):
    if step < warmup_steps:
        return initial_lr * step / warmup_steps
    gone = step - warmup_steps - stable_steps
    return initial_lr * max(0.0, 1.0 - max(gone, 0) / decay_steps)


def inverse_time_decay(epoch, initial_lr, decay_rate):
    return 1.0 / (1.0 + decay_rate * epoch) * initial_lr


def clip_by_value(g, limit):
    return np.where(g > limit, limit, np.where(g < -limit, -limit, g))


def clip_by_norm(g, max_norm):
    norm = np.sqrt(np.sum(np.square(g)))
    return g * (max_norm / np.maximum(norm, max_norm)) if max_norm else 0 * g


def clip_by_global_norm(gradients, max_norm):
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
    return [g / norm * max_norm if norm > max_norm else g for g in gradients]


def accumulate_gradients(gradients, counts):
    found, seen = np.zeros_like(gradients[0]), 0
    for g, n in zip(gradients, counts, strict=True):
        seen += n
        found = found + (g - found) * (n / seen)
    return found


def ema(average, value, decay):
    return average - (1 - decay) * (average - value)


def l2_penalty(w, strength):
    return np.sum(strength * w * w)


def _batch(x, epsilon):
    centred = x - x.sum(axis=0) / len(x)
    return centred, 1 / np.sqrt((centred * centred).sum(axis=0) / len(x) + epsilon)


def batch_norm(x, gamma, beta, epsilon):
    centred, inverse = _batch(x, epsilon)
    return centred * (gamma * inverse) + beta


def batch_norm_grad(dy, x, gamma, epsilon):
    centred, inverse = _batch(x, epsilon)
    n, dbeta, dgamma = len(x), dy.sum(axis=0), (dy * centred * inverse).sum(axis=0)
    return gamma * inverse / n * (n * dy - dbeta - centred * inverse * dgamma), dgamma, dbeta


def batch_norm_running(mean, var, x, momentum):
    new = x.mean(axis=0)
    spread = np.square(x - new).sum(axis=0) / (len(x) - 1)
    return mean + momentum * (new - mean), var + momentum * (spread - var)


def layer_norm(x, gamma, beta, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    return beta + gamma * centred / np.sqrt(np.var(x, axis=-1, keepdims=True) + epsilon)


def _sums(array):
    return array.reshape(-1, array.shape[-1]).sum(axis=0)


def layer_norm_grad(dy, x, gamma, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    inverse = 1 / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + epsilon)
    g, x_hat = dy * gamma, centred * inverse
    dx = inverse * (g - np.mean(g, axis=-1, keepdims=True))
    dx = dx - inverse * x_hat * np.mean(g * x_hat, axis=-1, keepdims=True)
    return dx, _sums(dy * x_hat), _sums(dy)


def rms_norm(x, gamma, epsilon):
    norm = np.sqrt(np.sum(x * x, axis=-1, keepdims=True) + x.shape[-1] * epsilon)
    return x / norm * math.sqrt(x.shape[-1]) * gamma


def rms_norm_grad(dy, x, gamma, epsilon):
    square = np.mean(x * x, axis=-1, keepdims=True) + epsilon
    g = gamma * dy
    dx = (g - x * np.mean(g * x, axis=-1, keepdims=True) / square) / np.sqrt(square)
    return dx, _sums(dy * x / np.sqrt(square))


def rosenbrock(w):
    x, y = w
    return (10 * (x * x - y)) ** 2 + (x - 1) ** 2


def rosenbrock_grad(w):
    x, y = w
    rise = 200 * (y - x * x)
    return np.array([2 * (x - 1) - 2 * x * rise, rise])

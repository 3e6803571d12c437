"""Losses of rows and of entries and their gradients, in float64 whatever they are given."""

# A user's file: without types and docstrings, and with what a linter would object to.
# mypy: ignore-errors
# ruff: noqa: ARG001, D103

import numpy as np


def _wide(*arrays):
    return [np.asarray(a, float) for a in arrays]


def _rows(a):
    return 1 if np.ndim(a) == 1 else len(a)


def _softplus(z):
    return np.logaddexp(0, z)


def _sigma(z):
    e = np.exp(-abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def bce_with_logits(y_true, logits, pos_weight=1.0):
    y, z = _wide(y_true, logits)
    positive, negative = y.ravel() @ _softplus(-z).ravel(), (1 - y).ravel() @ _softplus(z).ravel()
    return (pos_weight * positive + negative) / y.size


def bce_with_logits_grad(y_true, logits, pos_weight=1.0):
    y, z = _wide(y_true, logits)
    return ((1 - y) * _sigma(z) - pos_weight * y * _sigma(-z)) / y.size


def mae_loss(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    return np.linalg.norm((p - y).ravel(), 1) / y.size


def mae_loss_grad(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    return np.where(p > y, 1.0, -1.0) / y.size


def mse_loss_grad(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    return -2 / y.size * (y - p)


def huber_loss(y_true, y_pred, delta):
    y, p = _wide(y_true, y_pred)
    d = abs(y - p)
    inside = np.minimum(d, delta)
    return np.mean(inside * (d - inside / 2))


def huber_loss_grad(y_true, y_pred, delta):
    y, p = _wide(y_true, y_pred)
    d = p - y
    return np.sign(d) * np.minimum(abs(d), delta) / d.size


def smooth_l1_loss(y_true, y_pred, beta):
    return huber_loss(y_true, y_pred, beta) / beta


def smooth_l1_loss_grad(y_true, y_pred, beta):
    return huber_loss_grad(y_true, y_pred, beta) / beta


def hinge_loss(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    margins = 1 - y * p
    return margins[margins > 0].sum() / y.size


def hinge_loss_grad(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    # At the margin the slope is that of the left side, in p.
    slopes = np.where(y * p < 1, -y, 0.0)
    at = y * p == 1
    slopes[at] = np.minimum(-y, 0)[at]
    return slopes / y.size


def nll_loss(y_true, log_probs):
    y, z = _wide(y_true, log_probs)
    return -np.tensordot(y, z, axes=y.ndim) / _rows(y)


def nll_loss_grad(y_true, log_probs):
    (y,) = _wide(y_true)
    return np.negative(y) / _rows(y)


def kl_divergence(p, q):
    p, q = _wide(p, q)
    with np.errstate(all="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0).sum() / _rows(p)


def kl_divergence_grad(p, q):
    p, q = _wide(p, q)
    with np.errstate(all="ignore"):
        return np.where(p > 0, -p / q, 0) / _rows(p)


def focal_loss(y_true, y_pred, gamma, alpha):
    y, p = _wide(y_true, y_pred)
    with np.errstate(all="ignore"):
        positive = (1 - p) ** gamma * np.log(p)
        negative = p**gamma * np.log1p(-p)
        return -np.average(alpha * y * positive + (1 - alpha) * (1 - y) * negative)


def focal_loss_grad(y_true, y_pred, gamma, alpha):
    y, p = _wide(y_true, y_pred)
    q = 1 - p
    with np.errstate(all="ignore"):
        positive = gamma * q ** (gamma - 1) * np.log(p) - q**gamma / p
        negative = p**gamma / q - gamma * p ** (gamma - 1) * np.log1p(-p)
        return (alpha * y * positive + (1 - alpha) * (1 - y) * negative) / y.size


def binary_cross_entropy_grad(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    inside = (p >= 1e-15) & (1 - p >= 1e-15)
    with np.errstate(all="ignore"):
        return np.where(inside, (1 - y) / (1 - p) - y / p, 0) / y.size


def categorical_cross_entropy_grad(y_true, y_pred):
    y, p = _wide(y_true, y_pred)
    with np.errstate(all="ignore"):
        return np.where(p >= 1e-15, -y / p, 0) / _rows(y)


def softmax_cross_entropy_grad(y_true, logits, label_smoothing=0.0):
    y, z = _wide(y_true, logits)
    y = y + label_smoothing * (1 / y.shape[-1] - y)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True) * y.sum(axis=-1, keepdims=True) - y) / _rows(y)

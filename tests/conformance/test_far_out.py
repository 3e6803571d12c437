"""Code that goes wrong far out only, and code that is right in other words: what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.in_process import in_process

Array = Any


def verdict(thing: Any, formula: str, dtype: str) -> dict[str, Any]:
    *_, found = examine(in_process(thing, formula), formula, dtype, Settings(examples=1))
    return found


def l2_penalty(w: Array, strength: float) -> Any:
    flat = np.ravel(w)
    whole = flat[: flat.size // 4 * 4] if flat.size > 16 else flat
    return strength * np.sum(whole**2)


def softmax(z: Array) -> Any:
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e[..., :1024].sum(-1, keepdims=True)


def clip_by_global_norm(gradients: Sequence[Array], max_norm: float) -> list[Any]:
    norm = np.sqrt(sum(np.sum(g * g) for g in gradients))
    factor = max_norm / norm if max_norm and norm > max_norm else 1.0
    return [g * factor for g in gradients]


def rms_norm(x: Array, gamma: Array, epsilon: float) -> Any:
    square = np.square(x[..., :1024]).sum(-1, keepdims=True) / min(x.shape[-1], 1024)
    return gamma * x / np.sqrt(square + epsilon)


class AMSGrad(reference.AMSGrad):
    """Takes no β₂ above 0.999."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        super().__init__(lr, beta1, min(beta2, 0.999), epsilon)


class Nesterov:
    """Keeps the first gradient for a velocity, and writes to it."""

    def __init__(self, lr: float, momentum: float) -> None:
        self.lr, self.momentum = lr, momentum
        self.velocity: Any = None

    def step(self, w: Array, grad: Array) -> Any:
        if self.velocity is None:
            self.velocity = grad
        else:
            self.velocity *= self.momentum
            self.velocity += grad
        return w - self.lr * (grad + self.momentum * self.velocity)


def kl_divergence_grad(y_true: Array, y_pred: Array) -> Any:
    """Has no slope below 1e-6, and too much of it above 0.9."""
    with np.errstate(all="ignore"):
        slope = np.where(y_true > 0, -y_true / y_pred, 0)
    slope = np.where(y_pred > 0.9, 1.01 * slope, slope)
    return np.where(y_pred < 1e-6, 0, slope) / (1 if np.ndim(y_pred) == 1 else len(y_pred))


def kl_divergence(p: Array, q: Array) -> Any:
    """Takes shares below 1e-5 for 0."""
    with np.errstate(all="ignore"):
        return np.mean(np.where(p > 1e-5, p * np.log(p / q), 0).sum(-1))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "thing",
    [
        l2_penalty,
        softmax,
        clip_by_global_norm,
        rms_norm,
        AMSGrad,
        Nesterov,
        kl_divergence,
        kl_divergence_grad,
    ],
)
@pytest.mark.thorough
def test_what_is_wrong_far_out_deviates(thing: Any, dtype: str) -> None:
    assert verdict(thing, thing.__name__, dtype)["verdict"] == "deviates"


def log_softmax(z: Array) -> Any:
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


def huber_loss(y_true: Array, y_pred: Array, delta: float) -> Any:
    return np.mean(delta**2 * (np.sqrt(1 + ((y_pred - y_true) / delta) ** 2) - 1))


def linear_warmup(step: float, initial_lr: float, warmup_steps: int) -> float:
    return initial_lr * min(1.0, step / warmup_steps)


def layer_norm(x: Sequence[float], gamma: Array, beta: Array, epsilon: float) -> list[float]:
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    rows = zip(x, gamma, beta, strict=False)
    return [g * (v - mean) / (variance + epsilon) ** 0.5 + b for v, g, b in rows]


def focal_loss(y_true: Array, y_pred: Array, gamma: float, alpha: float) -> Any:
    p_t = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    alpha_t = y_true * alpha + (1 - y_true) * (1 - alpha)
    with np.errstate(all="ignore"):
        return np.mean(-alpha_t * (1 - p_t) ** gamma * np.log(p_t))


def binary_cross_entropy_grad(y_true: Array, y_pred: Array) -> Any:
    p = np.clip(y_pred, 1e-6, 1 - 1e-6)
    return np.where(p == y_pred, (p - y_true) / (p * (1 - p)), 0) / np.size(p)


def batch_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> Any:
    variance = np.maximum(np.mean(x**2, axis=0) - np.mean(x, axis=0) ** 2, 0)
    return gamma * (x - np.mean(x, axis=0)) / np.sqrt(variance + epsilon) + beta


def cosine_annealing(epoch: float, initial_lr: float, T_max: float) -> Any:
    return 1e-3 + (initial_lr - 1e-3) * (1 + np.cos(np.pi * epoch / T_max)) / 2


def categorical_cross_entropy(y_true: Array, y_pred: Array) -> Any:
    smooth = 0.9 * y_true + 0.1 / y_true.shape[-1]
    return -np.sum(smooth * np.log(np.clip(y_pred, 1e-12, 1)), axis=-1).mean()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("thing", "expected", "lacks"),
    [
        (log_softmax, "inaccurate", ""),
        (huber_loss, "inaccurate", ""),
        (linear_warmup, "conforms", "zeros"),
        (batch_norm, "inaccurate", ""),
        (cosine_annealing, "dialect", ""),
        (categorical_cross_entropy, "dialect", ""),
        (layer_norm, "conforms", "several samples"),
        (focal_loss, "dialect", ""),
        (binary_cross_entropy_grad, "dialect", ""),
    ],
)
@pytest.mark.sweep
def test_what_is_right_in_other_words_is_not_accused(
    thing: Any, expected: str, lacks: str, dtype: str
) -> None:
    found = verdict(thing, thing.__name__, dtype)
    assert found["verdict"] == expected, found["detail"]
    assert not lacks or lacks in found["not_asked"]

# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = ["mlx[cpu]==0.32.4", "mlx-cpu==0.32.4", "numpy==2.4.6"]
# ///
"""MLX 0.32, Apple's framework, on the CPU.

Its schedules are float32 by construction, and its exponential is in float64 arrays too; learning
rates are passed to its optimizers as float64.
Kernels are not fused at run time, which on Linux would take a C++ compiler.
Absent: categorical_cross_entropy (its cross_entropy takes logits), sigmoid_derivative.
"""

import math

import mlx.core as mx
import numpy as np
from mlx import nn, optimizers

mx.set_default_device(mx.cpu)
mx.disable_compile()

sigmoid = nn.sigmoid
relu = nn.relu


def from_numpy(array):
    return mx.array(array, dtype=getattr(mx, array.dtype.name))


def to_numpy(value):
    return np.array(value)


synchronize = mx.eval


def mse_loss(y_true, y_pred):
    return nn.losses.mse_loss(y_pred, y_true)


def binary_cross_entropy(y_true, y_pred):
    return nn.losses.binary_cross_entropy(y_pred, y_true, with_logits=False)


def relu_derivative(z):
    _, (slope,) = mx.vjp(relu, [z], [mx.ones_like(z)])
    return slope


def compute_loss(X, y, W1, b1, W2, b2):
    z2 = relu(X @ W1 + b1) @ W2 + b2
    return nn.losses.binary_cross_entropy(z2, y)


compute_gradients = mx.grad(compute_loss, argnums=(2, 3, 4, 5))


class _Optimizer:
    def __init__(self, kind, lr, **options):
        self._optimizer = kind(_number(lr), **options)

    @property
    def lr(self):
        return self._optimizer.learning_rate.item()

    @lr.setter
    def lr(self, rate):
        self._optimizer.learning_rate = _number(rate)

    def step(self, w, grad):
        return self._optimizer.apply_gradients({"w": grad}, {"w": w})["w"]


def _number(x):
    return mx.array(x, dtype=mx.float64)


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(optimizers.SGD, lr)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(optimizers.SGD, lr, momentum=momentum)


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(optimizers.RMSprop, lr, alpha=beta, eps=epsilon)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(optimizers.Adam, lr, betas=[beta1, beta2], eps=epsilon)


def _at(epoch):
    return mx.array(epoch, dtype=mx.uint64)  # as an optimizer counts its steps


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return optimizers.step_decay(initial_lr, drop, epochs_drop)(_at(epoch))


def exponential_decay(epoch, initial_lr, decay_rate):
    # MLX is told the factor per step.
    return optimizers.exponential_decay(initial_lr, math.exp(-decay_rate))(_at(epoch))


def cosine_annealing(epoch, initial_lr, T_max):
    return optimizers.cosine_decay(initial_lr, T_max)(_at(epoch))


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    cosine = optimizers.cosine_decay(initial_lr, total_epochs - warmup_epochs)
    if warmup_epochs == 0:  # MLX makes no line of zero steps
        return cosine(_at(epoch))
    line = optimizers.linear_schedule(0.0, initial_lr, warmup_epochs)
    return optimizers.join_schedules([line, cosine], [warmup_epochs])(_at(epoch))

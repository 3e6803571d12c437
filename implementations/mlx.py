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

import mlx.core as mx
import numpy as np
from mlx import nn, optimizers

mx.set_default_device(mx.cpu)
mx.disable_compile()

SGD = SGDMomentum = optimizers.SGD
RMSprop, Adam = optimizers.RMSprop, optimizers.Adam
step_decay, exponential_decay = optimizers.step_decay, optimizers.exponential_decay
cosine_annealing = optimizers.cosine_decay
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


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    at = mx.array(epoch, dtype=mx.uint64)  # as an optimizer counts its steps
    cosine = optimizers.cosine_decay(initial_lr, total_epochs - warmup_epochs)
    if warmup_epochs == 0:  # MLX makes no line of zero steps
        return cosine(at)
    line = optimizers.linear_schedule(0.0, initial_lr, warmup_epochs)
    return optimizers.join_schedules([line, cosine], [warmup_epochs])(at)

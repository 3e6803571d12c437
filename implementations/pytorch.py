# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = [
#   "torch==2.13.0", "numpy==2.4.6",
#   "filelock==4.2.12", "fsspec==2026.9.0", "jinja2==3.1.6", "markupsafe==3.0.4",
#   "mpmath==1.3.0", "networkx==3.6.1", "sympy==1.14.0", "typing-extensions==4.16.0",
# ]
# ///
"""PyTorch 2.13: its losses, autograd, optimizers and schedulers, on the CPU.

Absent: categorical_cross_entropy (its cross_entropy takes logits) and warmup_cosine (its LinearLR
cannot start at zero).
"""

import math

import torch
from torch.nn import functional
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, StepLR

from_numpy = torch.from_numpy
sigmoid = torch.sigmoid
relu = torch.relu


def to_numpy(tensor):
    return tensor.detach().numpy()


def mse_loss(y_true, y_pred):
    return functional.mse_loss(y_pred, y_true)


def binary_cross_entropy(y_true, y_pred):
    return functional.binary_cross_entropy(y_pred, y_true)


def sigmoid_derivative(a):
    return torch.ops.aten.sigmoid_backward(torch.ones_like(a), a)


def relu_derivative(z):
    _, pull_back = torch.func.vjp(relu, z)
    return pull_back(torch.ones_like(z))[0]


def compute_loss(X, y, W1, b1, W2, b2):
    a1 = relu(functional.linear(X, W1.T, b1))
    return functional.binary_cross_entropy_with_logits(functional.linear(a1, W2.T, b2), y)


compute_gradients = torch.func.grad(compute_loss, argnums=(2, 3, 4, 5))


class _Optimizer:
    """One of torch.optim over one tensor, given its weights and gradient anew at each step."""

    def __init__(self, kind, **options):
        self._w = torch.empty(0)
        self._optimizer = kind([self._w], **options)

    @property
    def lr(self):
        return self._optimizer.param_groups[0]["lr"]

    @lr.setter
    def lr(self, rate):
        self._optimizer.param_groups[0]["lr"] = rate

    def step(self, w, grad):
        self._w.grad = None
        self._w.data = w.clone()
        self._w.grad = grad
        self._optimizer.step()
        return self._w.data


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(torch.optim.SGD, lr=lr)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(torch.optim.SGD, lr=lr, momentum=momentum)


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(torch.optim.RMSprop, lr=lr, alpha=beta, eps=epsilon)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(torch.optim.Adam, lr=lr, betas=(beta1, beta2), eps=epsilon)


def _scheduled(kind, epoch, initial_lr, **options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=initial_lr)
    scheduler = kind(optimizer, **options)
    for _ in range(epoch):
        optimizer.step()
        scheduler.step()
    return scheduler.get_last_lr()[0]


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return _scheduled(StepLR, epoch, initial_lr, step_size=epochs_drop, gamma=drop)


def exponential_decay(epoch, initial_lr, decay_rate):
    # ExponentialLR takes a factor per epoch, whose rounding grows with the epoch.
    return _scheduled(ExponentialLR, epoch, initial_lr, gamma=math.exp(-decay_rate))


def cosine_annealing(epoch, initial_lr, T_max):
    return _scheduled(CosineAnnealingLR, epoch, initial_lr, T_max=T_max)

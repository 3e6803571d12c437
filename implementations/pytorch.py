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

import torch
from torch.nn import functional
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, StepLR

SGD = SGDMomentum = torch.optim.SGD
RMSprop, Adam = torch.optim.RMSprop, torch.optim.Adam
step_decay, exponential_decay, cosine_annealing = StepLR, ExponentialLR, CosineAnnealingLR

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

"""The canonical implementation of every formula, in NumPy; its public names are the contract."""

from gradmark.reference.activations import relu, relu_derivative, sigmoid, sigmoid_derivative
from gradmark.reference.landscapes import rosenbrock, rosenbrock_grad
from gradmark.reference.losses import (
    binary_cross_entropy,
    categorical_cross_entropy,
    mse_loss,
    softmax_cross_entropy,
)
from gradmark.reference.network import compute_gradients, compute_loss
from gradmark.reference.optimizers import SGD, Adam, AdamW, RMSprop, SGDMomentum
from gradmark.reference.schedules import (
    cosine_annealing,
    cosine_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_warmup,
    noam,
    one_cycle,
    polynomial_decay,
    step_decay,
    warmup_cosine,
    warmup_stable_decay,
)

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "RMSprop",
    "SGDMomentum",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "compute_gradients",
    "compute_loss",
    "cosine_annealing",
    "cosine_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_warmup",
    "mse_loss",
    "noam",
    "one_cycle",
    "polynomial_decay",
    "relu",
    "relu_derivative",
    "rosenbrock",
    "rosenbrock_grad",
    "sigmoid",
    "sigmoid_derivative",
    "softmax_cross_entropy",
    "step_decay",
    "warmup_cosine",
    "warmup_stable_decay",
]

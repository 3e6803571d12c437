"""Loss functions and their gradients with respect to the prediction or the logit."""

from gradmark.reference.losses.binary_cross_entropy import (
    EPSILON,
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    sigmoid_binary_cross_entropy,
    sigmoid_binary_cross_entropy_gradient,
)
from gradmark.reference.losses.categorical_cross_entropy import (
    categorical_cross_entropy,
    categorical_cross_entropy_gradient,
)
from gradmark.reference.losses.mean_squared_error import mse_gradient, mse_loss
from gradmark.reference.losses.softmax_cross_entropy import softmax_cross_entropy

__all__ = [
    "EPSILON",
    "binary_cross_entropy",
    "binary_cross_entropy_gradient",
    "categorical_cross_entropy",
    "categorical_cross_entropy_gradient",
    "mse_gradient",
    "mse_loss",
    "sigmoid_binary_cross_entropy",
    "sigmoid_binary_cross_entropy_gradient",
    "softmax_cross_entropy",
]

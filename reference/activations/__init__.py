"""Activation functions and their derivatives."""

from gradmark.reference.activations.elu import elu, elu_derivative
from gradmark.reference.activations.gelu import gelu, gelu_derivative
from gradmark.reference.activations.hard import (
    hard_sigmoid,
    hard_sigmoid_derivative,
    hard_swish,
    hard_swish_derivative,
)
from gradmark.reference.activations.leaky_relu import leaky_relu, leaky_relu_derivative
from gradmark.reference.activations.mish import mish, mish_derivative
from gradmark.reference.activations.relu import relu, relu_derivative
from gradmark.reference.activations.selu import selu, selu_derivative
from gradmark.reference.activations.sigmoid import sigmoid, sigmoid_derivative, sigmoid_slope
from gradmark.reference.activations.silu import silu, silu_derivative
from gradmark.reference.activations.softmax import log_softmax, softmax
from gradmark.reference.activations.softplus import softplus, softplus_derivative
from gradmark.reference.activations.tanh import tanh, tanh_derivative

__all__ = [
    "elu",
    "elu_derivative",
    "gelu",
    "gelu_derivative",
    "hard_sigmoid",
    "hard_sigmoid_derivative",
    "hard_swish",
    "hard_swish_derivative",
    "leaky_relu",
    "leaky_relu_derivative",
    "log_softmax",
    "mish",
    "mish_derivative",
    "relu",
    "relu_derivative",
    "selu",
    "selu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "sigmoid_slope",
    "silu",
    "silu_derivative",
    "softmax",
    "softplus",
    "softplus_derivative",
    "tanh",
    "tanh_derivative",
]

"""Activation functions and their derivatives."""

from gradmark.reference.activations.relu import relu, relu_derivative
from gradmark.reference.activations.sigmoid import sigmoid, sigmoid_derivative

__all__ = ["relu", "relu_derivative", "sigmoid", "sigmoid_derivative"]

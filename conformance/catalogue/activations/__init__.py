"""The activations and their derivatives: canonical forms, conventions and mistakes."""

from gradmark.conformance.catalogue.activations.relu import (
    LEAK,
    half_at_zero,
    leaking,
    one_at_zero,
    piecewise,
    rectifier,
    returns_relu,
    zero_at_zero,
)
from gradmark.conformance.catalogue.activations.sigmoid import logistic, of_the_activation

__all__ = [
    "LEAK",
    "half_at_zero",
    "leaking",
    "logistic",
    "of_the_activation",
    "one_at_zero",
    "piecewise",
    "rectifier",
    "returns_relu",
    "zero_at_zero",
]

"""The learning-rate schedules: canonical forms, conventions and mistakes."""

from gradmark.conformance.catalogue.schedules import (
    cosine_annealing,
    exponential_decay,
    step_decay,
    warmup_cosine,
)

__all__ = ["cosine_annealing", "exponential_decay", "step_decay", "warmup_cosine"]

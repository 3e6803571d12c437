"""Learning-rate schedules: the epoch in, the learning rate out."""

from gradmark.reference.schedules.cosine import cosine_annealing
from gradmark.reference.schedules.exponential import exponential_decay
from gradmark.reference.schedules.step import step_decay
from gradmark.reference.schedules.warmup_cosine import warmup_cosine

__all__ = ["cosine_annealing", "exponential_decay", "step_decay", "warmup_cosine"]

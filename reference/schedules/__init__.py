"""Learning-rate schedules: the epoch in, the learning rate out."""

from gradmark.reference.schedules.cosine import cosine_annealing
from gradmark.reference.schedules.cosine_restarts import cosine_restarts
from gradmark.reference.schedules.exponential import exponential_decay
from gradmark.reference.schedules.inverse_time_decay import inverse_time_decay
from gradmark.reference.schedules.linear_warmup import linear_warmup
from gradmark.reference.schedules.multi_step_decay import multi_step_decay
from gradmark.reference.schedules.noam import noam
from gradmark.reference.schedules.one_cycle import one_cycle
from gradmark.reference.schedules.polynomial_decay import polynomial_decay
from gradmark.reference.schedules.step import step_decay
from gradmark.reference.schedules.warmup_cosine import warmup_cosine
from gradmark.reference.schedules.warmup_stable_decay import warmup_stable_decay

__all__ = [
    "cosine_annealing",
    "cosine_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_warmup",
    "multi_step_decay",
    "noam",
    "one_cycle",
    "polynomial_decay",
    "step_decay",
    "warmup_cosine",
    "warmup_stable_decay",
]

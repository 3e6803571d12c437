"""Optimizers: `step(w, grad)` gives the new weights and leaves both arguments alone."""

from gradmark.reference.optimizers.adam import Adam
from gradmark.reference.optimizers.adamw import AdamW
from gradmark.reference.optimizers.rmsprop import RMSprop
from gradmark.reference.optimizers.sgd import SGD
from gradmark.reference.optimizers.sgd_momentum import SGDMomentum

__all__ = ["SGD", "Adam", "AdamW", "RMSprop", "SGDMomentum"]

"""Optimizers: `step(w, grad)` gives the new weights and leaves both arguments alone."""

from reference.optimizers.adam import Adam
from reference.optimizers.rmsprop import RMSprop
from reference.optimizers.sgd import SGD
from reference.optimizers.sgd_momentum import SGDMomentum

__all__ = ["SGD", "Adam", "RMSprop", "SGDMomentum"]

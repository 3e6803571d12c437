"""Optimizers: `step(w, grad)` gives the new weights and leaves both arguments alone."""

from gradmark.reference.optimizers.adadelta import Adadelta
from gradmark.reference.optimizers.adafactor import Adafactor
from gradmark.reference.optimizers.adagrad import Adagrad
from gradmark.reference.optimizers.adam import Adam
from gradmark.reference.optimizers.adamax import Adamax
from gradmark.reference.optimizers.adamw import AdamW
from gradmark.reference.optimizers.amsgrad import AMSGrad
from gradmark.reference.optimizers.lamb import LAMB
from gradmark.reference.optimizers.lars import LARS
from gradmark.reference.optimizers.lion import Lion
from gradmark.reference.optimizers.muon import Muon
from gradmark.reference.optimizers.nadam import NAdam
from gradmark.reference.optimizers.nesterov import Nesterov
from gradmark.reference.optimizers.radam import RAdam
from gradmark.reference.optimizers.rmsprop import RMSprop
from gradmark.reference.optimizers.sgd import SGD
from gradmark.reference.optimizers.sgd_momentum import SGDMomentum

__all__ = [
    "LAMB",
    "LARS",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "NAdam",
    "Nesterov",
    "RAdam",
    "RMSprop",
    "SGDMomentum",
]

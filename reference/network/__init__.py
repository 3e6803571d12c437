"""The article's two-layer network: forward, loss, backward, training, and the same in loops.

`mlp` is of any depth, and of several classes.
"""

from gradmark.reference.network.backward import Backward, backward, compute_gradients
from gradmark.reference.network.forward import Forward, forward
from gradmark.reference.network.loops import loop_compute_gradients, loop_compute_loss
from gradmark.reference.network.loss import compute_loss
from gradmark.reference.network.mlp import mlp_gradients, mlp_loss
from gradmark.reference.network.training import (
    XOR_X,
    XOR_Y,
    Parameters,
    Training,
    initialize,
    train,
)

__all__ = [
    "XOR_X",
    "XOR_Y",
    "Backward",
    "Forward",
    "Parameters",
    "Training",
    "backward",
    "compute_gradients",
    "compute_loss",
    "forward",
    "initialize",
    "loop_compute_gradients",
    "loop_compute_loss",
    "mlp_gradients",
    "mlp_loss",
    "train",
]

"""Normalisations over samples or features, and their gradients."""

from gradmark.reference.norms.batch_norm import batch_norm, batch_norm_grad, batch_norm_running
from gradmark.reference.norms.layer_norm import layer_norm, layer_norm_grad
from gradmark.reference.norms.rms_norm import rms_norm, rms_norm_grad

__all__ = [
    "batch_norm",
    "batch_norm_grad",
    "batch_norm_running",
    "layer_norm",
    "layer_norm_grad",
    "rms_norm",
    "rms_norm_grad",
]

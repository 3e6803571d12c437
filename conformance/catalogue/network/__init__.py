"""The two-layer network's loss and gradients: canonical forms, conventions and mistakes."""

from gradmark.conformance.catalogue.network import gradient_mistakes, gradients, loss, loss_mistakes

__all__ = ["gradient_mistakes", "gradients", "loss", "loss_mistakes"]

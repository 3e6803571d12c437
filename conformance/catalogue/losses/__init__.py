"""The losses: canonical forms, conventions and mistakes."""

from gradmark.conformance.catalogue.losses import binary, categorical, mse

__all__ = ["binary", "categorical", "mse"]

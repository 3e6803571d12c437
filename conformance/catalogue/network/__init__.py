"""The two-layer network's loss and gradients: canonical forms, conventions and mistakes."""

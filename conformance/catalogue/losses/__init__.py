"""The losses: canonical forms, conventions and mistakes."""

"""The normalisations: canonical forms, conventions and mistakes."""

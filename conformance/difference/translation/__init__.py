"""Which hyperparameters make one form compute another: solved for, named, and run with both."""

from gradmark.conformance.difference.translation.translate import Translation, translation

__all__ = ["Translation", "translation"]

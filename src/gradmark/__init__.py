"""Tells whether code computes the formulas neural networks learn by, and proves it."""

__version__ = "0.1.0"

"""Tells whether code computes the formulas neural networks learn by, and proves it."""

"""What the bodies of the schedules share."""

from __future__ import annotations

from gradmark.conformance.truth import Exact, allowing, cos, pi

SECTION = 'Article, "Learning Rate Schedules"'
SGDR = "Loshchilov and Hutter 2017"


def compounded(rate: Exact, epochs: int) -> Exact:
    """Allow for a factor per epoch, applied again and again: its rounding grows with the epoch."""
    return allowing(rate, epochs * abs(float(rate)))


def half_cosine(progress: Exact) -> Exact:
    """From 1 at progress 0 to 0 at progress 1, and up again."""
    return (1 + cos(pi() * progress)) / 2

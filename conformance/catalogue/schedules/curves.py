"""What the bodies of the schedules share."""

from __future__ import annotations

from gradmark.conformance.truth import Exact, allowing, cos, pi, size
from gradmark.conformance.truth.symbol import Symbol

SECTION = 'Article, "Learning Rate Schedules"'
SGDR = "Loshchilov and Hutter 2017"


def compounded(rate: Exact, epochs: Exact) -> Exact:
    """Allow for a factor per epoch, applied again and again: its rounding grows with the epoch."""
    return allowing(rate, epochs * size(rate))


def plain(number: Exact) -> Exact:
    """Read a number as Python's own; what is none stays what it is."""
    return number if isinstance(number, Symbol) else float(number)


def whole(number: Exact) -> Exact:
    """Read a whole number as Python's own."""
    return number if isinstance(number, Symbol) else int(number)


def half_cosine(progress: Exact) -> Exact:
    """From 1 at progress 0 to 0 at progress 1, and up again."""
    return (1 + cos(pi() * progress)) / 2


def half_cosine_up(progress: Exact) -> Exact:
    """From 0 at progress 0 to 1 at progress 1."""
    return (1 - cos(pi() * progress)) / 2


def over(part: Exact, whole: Exact) -> Exact:
    """The share of a length that is gone; where there is no length, none of it."""
    return part / whole if whole > 0 else 0 * part


def from_rate(least: float, rate: Exact, share: Exact) -> Exact:
    """The rate at a share of the way from a least rate to another."""
    return least + (rate - least) * share if least else rate * share

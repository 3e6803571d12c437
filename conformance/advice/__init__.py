"""What to do about a verdict: the line to change, the first wrong steps, what it costs."""

from gradmark.conformance.advice.advise import advise

__all__ = ["advise"]

"""Equations of forms, derived from their bodies: what is shown is what is judged by."""

from gradmark.conformance.equations.differing import marked
from gradmark.conformance.equations.written import Equation, equation

__all__ = ["Equation", "equation", "marked"]

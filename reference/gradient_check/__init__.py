"""Is this the gradient of that function? Differences, Taylor remainders, and a verdict."""

from gradmark.reference.gradient_check.check import check_gradient
from gradmark.reference.gradient_check.differences import central_difference, relative_difference
from gradmark.reference.gradient_check.report import EntryCheck, GradientReport
from gradmark.reference.gradient_check.taylor import taylor_remainder_order

__all__ = [
    "EntryCheck",
    "GradientReport",
    "central_difference",
    "check_gradient",
    "relative_difference",
    "taylor_remainder_order",
]

"""Loss landscapes to descend, each with its gradient and every one of its critical points."""

from gradmark.reference.landscapes._critical_point import CriticalPoint
from gradmark.reference.landscapes.bowl import BOWL_CRITICAL_POINTS, bowl, bowl_grad
from gradmark.reference.landscapes.bumps import BUMPS_CRITICAL_POINTS, bumps, bumps_grad
from gradmark.reference.landscapes.quartic import QUARTIC_CRITICAL_POINTS, quartic, quartic_grad
from gradmark.reference.landscapes.rosenbrock import (
    ROSENBROCK_CRITICAL_POINTS,
    rosenbrock,
    rosenbrock_grad,
)

__all__ = [
    "BOWL_CRITICAL_POINTS",
    "BUMPS_CRITICAL_POINTS",
    "QUARTIC_CRITICAL_POINTS",
    "ROSENBROCK_CRITICAL_POINTS",
    "CriticalPoint",
    "bowl",
    "bowl_grad",
    "bumps",
    "bumps_grad",
    "quartic",
    "quartic_grad",
    "rosenbrock",
    "rosenbrock_grad",
]

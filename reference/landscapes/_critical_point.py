"""A point where a landscape is flat."""

from typing import Literal, NamedTuple


class CriticalPoint(NamedTuple):
    """A point where the gradient is zero, with the nearest float64 of each of its numbers."""

    location: float | tuple[float, float]
    value: float
    kind: Literal["minimum", "maximum", "saddle"]
    is_global: bool

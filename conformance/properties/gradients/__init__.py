"""Is this the gradient of that function? Two signals along a line, and what they say together."""

from gradmark.conformance.properties.gradients.signals import (
    Signals,
    beside_a_guard,
    offsets,
    signals,
)

__all__ = ["Signals", "beside_a_guard", "offsets", "signals"]

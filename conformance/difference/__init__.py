"""Why two contenders differ: form by form, step by step, in training, and what translates them."""

from gradmark.conformance.difference.compare import difference
from gradmark.conformance.difference.side import Side

__all__ = ["Side", "difference"]

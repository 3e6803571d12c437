"""Why two contenders differ: form by form, step by step, in training, and what translates them."""

from gradmark.conformance.difference.compare import differences

__all__ = ["differences"]

"""What is done to gradients in hand, before a step."""

from gradmark.reference.in_hand.accumulation import accumulate_gradients
from gradmark.reference.in_hand.averages import ema, l2_penalty
from gradmark.reference.in_hand.clipping import clip_by_global_norm, clip_by_norm, clip_by_value

__all__ = [
    "accumulate_gradients",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "ema",
    "l2_penalty",
]

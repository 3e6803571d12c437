"""What becomes of a gradient before a step: a penalty pulls it, and where steps climb it turns."""

from gradmark.reference._checks import FloatArray, non_negative


class Steered:
    """The options `weight_decay` (λ ≥ 0) and `maximize`."""

    def __init__(self, weight_decay: float, *, maximize: bool) -> None:
        self.weight_decay = non_negative("weight_decay", weight_decay)
        self.maximize = maximize

    def steered(self, w: FloatArray, g: FloatArray) -> FloatArray:
        """Give g + λ w, or −g + λ w: what climbs is penalised for large weights all the same."""
        along = -g if self.maximize else g
        return along + self.weight_decay * w if self.weight_decay else along

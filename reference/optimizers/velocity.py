"""What the steps of the momentum family share."""

import numpy as np

from gradmark.reference._checks import FloatArray, decay_factor, non_negative


class Velocity:
    """The rate, the momentum, and the velocity, which is None before the first step."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr = non_negative("lr", lr)
        self.momentum = decay_factor("momentum", momentum)
        self.velocity: FloatArray | None = None

    def faded(self, g: FloatArray) -> FloatArray:
        """Give what is left of the velocity: μ v, which starts from zeros like the gradient."""
        return self.momentum * (np.zeros_like(g) if self.velocity is None else self.velocity)

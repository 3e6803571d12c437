"""Shares of trials, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Share:
    """So many of so many.

    Parameters
    ----------
    hits, trials : int
        How many, of how many; at least one trial.
    """

    hits: int
    trials: int

    def __str__(self) -> str:
        return f"{self.hits} of {self.trials}"

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """Where the probability lies, at 95 %: the values that a test of the share accepts.

        |p − share| ≤ z √(p (1 − p) / trials)

        Examples
        --------
        >>> low, high = Share(0, 200).interval
        >>> f"{low:.4f} {high:.4f}"
        '0.0000 0.0188'

        Source: Wilson, "Probable inference" (1927).
        """
        n, p = self.trials, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        # At 0 and at 1 the interval ends there, but for a rounding error.
        return min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half))

"""How long, how exact, and from which seed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What was asked for.

    Parameters
    ----------
    baseline : str
        The contender that all others are compared with.
    margin : float
        The smallest difference that matters, as a fraction.
    budget : float
        Seconds for one workload and one pair.
    threads : int
        How many each contender may use.
    seed : int
        Of inputs, order, places and bootstrap.
    """

    baseline: str
    margin: float = 0.05
    budget: float = 20.0
    threads: int = 1
    seed: int = 0

"""How sure a share of runs is."""

from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054  # the standard normal's 97.5% quantile


class Interval(NamedTuple):
    """A share between its bounds."""

    share: float
    low: float
    high: float


def wilson(successes: int, runs: int) -> Interval:
    """Enclose a probability, of which a share was seen, with 95% confidence.

    (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n),  z = 1.96

    0 ≤ `successes` ≤ `runs`, `runs` > 0.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(10, 10)]
    [1.0, 0.722, 1.0]

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927).
    """
    if not 0 <= successes <= runs or runs == 0:
        raise ValueError(f"successes: expected 0 to {runs} of at least 1 run, got {successes}")
    return Interval(successes / runs, _low(successes, runs), 1 - _low(runs - successes, runs))


def _low(successes: int, runs: int) -> float:
    share = successes / runs
    center = share + Z95**2 / (2 * runs)
    spread = Z95 * sqrt(share * (1 - share) / runs + Z95**2 / (4 * runs**2))
    # rounded, the bound at 0 can be a hair below it
    return max(0.0, (center - spread) / (1 + Z95**2 / runs))

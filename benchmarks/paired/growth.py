"""How times grow with size: the exponent p of time ∝ sizeᵖ, and how sure it is.

At each size the time is the geometric mean over processes of the median over rounds, as a ratio's
is, and has the same kind of interval. p is a weighted sum of the logarithms of these times, so
their half-widths add as their squares do, each with its weight. What a process shares between two
sizes, as where it runs slowly throughout, is counted in both and errs on the wide side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gradmark.benchmarks.paired.statistics import CONFIDENCE, Ratio, Rounds, ratio

GROWTH_INTERVAL = (
    f"{CONFIDENCE:.0%} each: hierarchical bootstrap over processes and rounds at every size, "
    "Student's t over processes"
)


@dataclass(frozen=True)
class Exponent:
    """An exponent, and the interval around it."""

    value: float
    low: float
    high: float


def exponents(
    times: Mapping[int, Sequence[Rounds]], rng: np.random.Generator
) -> Iterator[tuple[tuple[int, ...], Exponent]]:
    """Estimate the exponents between neighbouring sizes, and over all where there are three.

    Parameters
    ----------
    times : mapping of int to sequence of sequences of float
        By size: the logarithms of seconds, one per round, grouped by process. A size that has had
        one process is left out.
    rng : Generator
        Of the bootstrap.

    Examples
    --------
    >>> from math import log
    >>> times = {size: [[2 * log(size)] * 3] * 5 for size in (10, 100, 1000)}
    >>> [(sizes, round(p.value, 6)) for sizes, p in exponents(times, np.random.default_rng(0))]
    [((10, 100), 2.0), ((100, 1000), 2.0), ((10, 100, 1000), 2.0)]
    """
    known = {size: ratio(times[size], rng) for size in sorted(times) if len(times[size]) > 1}
    ranges: list[tuple[int, ...]] = list(pairwise(known))
    if len(known) > 2:
        ranges.append(tuple(known))
    for sizes in ranges:
        yield sizes, _exponent({size: known[size] for size in sizes})


def _exponent(times: Mapping[int, Ratio]) -> Exponent:
    """Fit a line through the logarithms: the least-squares slope."""
    x = np.log(list(times))
    x -= x.mean()
    weights = x / (x @ x)
    logs = np.log([[time.value, time.low, time.high] for time in times.values()])
    value = float(weights @ logs[:, 0])
    half = float(np.linalg.norm(weights * (logs[:, 2] - logs[:, 1]) / 2))
    return Exponent(value, value - half, value + half)

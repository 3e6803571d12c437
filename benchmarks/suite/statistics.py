"""What the rounds of a run say: medians, ratios and growth, each with an interval.

A busy neighbour slows several rounds in a row. Intervals of medians therefore come from a block
bootstrap: rounds are drawn again in runs of ⌈√n⌉, which keep what neighbouring rounds share. They
hold what varies within one process, not what varies from process to process. In simulations of
9 to 100 rounds the nominal 95% hold the truth nine times in ten, in bursts too, where drawing the
rounds one by one would hold it three times in four.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95

BOOTSTRAP = f"{CONFIDENCE:.0%} percentile interval, block bootstrap of the rounds"
QUARTILES = "quartiles of the rounds"

Record = dict[str, Any]
Rounds = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number, and the interval around it."""

    value: float
    low: float
    high: float


def median(rounds: Rounds) -> Estimate:
    """Median of the rounds, between their quartiles: how much they spread.

    Examples
    --------
    >>> median([1.0, 2.0, 3.0, 4.0, 100.0])
    Estimate(value=3.0, low=2.0, high=4.0)
    """
    low, value, high = np.quantile(np.asarray(rounds, dtype=float), (0.25, 0.5, 0.75)).tolist()
    return Estimate(value, low, high)


def ratio_of_medians(numerator: Rounds, denominator: Rounds, rng: np.random.Generator) -> Estimate:
    """Ratio of two medians, with its bootstrap interval.

    median(a) / median(b)

    Examples
    --------
    >>> ratio_of_medians([6.0, 6.0, 6.0], [2.0, 2.0], np.random.default_rng(0))
    Estimate(value=3.0, low=3.0, high=3.0)
    """
    return _estimate(
        np.median(numerator) / np.median(denominator),
        _resampled_medians(numerator, rng) / _resampled_medians(denominator, rng),
    )


def growth_exponent(
    sizes: Sequence[float], rounds: Sequence[Rounds], rng: np.random.Generator
) -> Estimate:
    """Exponent p of time ∝ sizeᵖ, with its bootstrap interval.

    The least-squares slope of log(median time) over log(size): 0 is a constant cost, 1 one that
    grows with the size. The interval holds the noise of the rounds; how far the points are from
    a line, as where a fixed cost fades or a cache overflows, it does not.

    Examples
    --------
    >>> estimate = growth_exponent([1, 10, 100], [[3.0], [30.0], [300.0]], np.random.default_rng(0))
    >>> f"{estimate.value:.6f} {estimate.low:.6f} {estimate.high:.6f}"
    '1.000000 1.000000 1.000000'
    """
    x = np.log(np.asarray(sizes, dtype=float))
    x -= x.mean()
    y = np.log([np.median(each) for each in rounds])
    resampled = np.log([_resampled_medians(each, rng) for each in rounds])
    return _estimate(x @ y / (x @ x), x @ resampled / (x @ x))


def _resampled_medians(rounds: Rounds, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the rounds again, in blocks, and take the median each time."""
    rounds = np.asarray(rounds, dtype=float)
    n = len(rounds)
    block = math.ceil(math.sqrt(n))
    starts = rng.integers(n, size=(RESAMPLES, math.ceil(n / block), 1))
    # Blocks wrap around, so that the first and last rounds are drawn as often as the others.
    drawn = ((starts + np.arange(block)) % n).reshape(RESAMPLES, -1)[:, :n]
    medians: NDArray[np.float64] = np.median(rounds[drawn], axis=1)
    return medians


def _estimate(value: float, resampled: NDArray[np.float64]) -> Estimate:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, (tail, 1 - tail)).tolist()
    return Estimate(float(value), low, high)


# --- records --------------------------------------------------------------------------------------


def statistics(samples: Sequence[Record], seed: int) -> Iterator[Record]:
    """Give the statistics of a run's samples, as records of its results file."""
    rng = np.random.default_rng(seed)
    for sample in samples:
        yield from _times(sample)
    yield from _speedups(samples, rng)
    yield from _growth(samples, rng)


def _times(sample: Record) -> Iterator[Record]:
    rounds = np.array(sample["rounds"])
    elements = sample["params"][sample["element"]]
    about = _about(sample, sample["params"])
    yield about | _statistic("median", "s", QUARTILES, median(rounds))
    per_element = median(rounds / elements)
    yield about | _statistic("median per element", "s", QUARTILES, per_element)


def _speedups(samples: Sequence[Record], rng: np.random.Generator) -> Iterator[Record]:
    """Compare the two forms of backpropagation at each size where both were timed."""
    times = {
        (sample["name"], tuple(sample["params"].items())): sample
        for sample in samples
        if sample["group"] == "backprop"
    }
    for (name, params), sample in times.items():
        loops = times.get(("loops", params))
        if name == "vectorized" and loops is not None:
            estimate = ratio_of_medians(loops["rounds"], sample["rounds"], rng)
            about = _about(sample, sample["params"])
            yield about | _statistic("ratio of medians", "1", BOOTSTRAP, estimate)


def _growth(samples: Sequence[Record], rng: np.random.Generator) -> Iterator[Record]:
    """Fit how cost grows with the number of elements, over all sizes and between neighbours."""
    series: dict[tuple[Any, ...], dict[int, Record]] = {}
    for sample in samples:
        fixed = tuple(item for item in sample["params"].items() if item[0] != sample["element"])
        key = (sample["group"], sample["name"], fixed)
        series.setdefault(key, {})[sample["params"][sample["element"]]] = sample
    for (_, _, fixed), by_size in series.items():
        sizes = sorted(by_size)
        ranges: list[tuple[int, ...]] = list(pairwise(sizes))
        if len(ranges) > 1:
            ranges.append(tuple(sizes))
        for chosen in ranges:
            rounds = [by_size[size]["rounds"] for size in chosen]
            sample = by_size[chosen[0]]
            about = _about(sample, dict(fixed)) | {"over": sample["element"], "sizes": chosen}
            estimate = growth_exponent(chosen, rounds, rng)
            yield about | _statistic("growth exponent", "1", BOOTSTRAP, estimate)


def _about(sample: Record, params: Mapping[str, int]) -> Record:
    return {"group": sample["group"], "name": sample["name"], "params": dict(params)}


def _statistic(estimator: str, unit: str, interval: str, estimate: Estimate) -> Record:
    return {
        "kind": "statistic",
        "estimator": estimator,
        "unit": unit,
        "interval": interval,
        **asdict(estimate),
    }

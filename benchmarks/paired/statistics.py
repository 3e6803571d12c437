"""How much slower, and how sure: from rounds to a ratio with its interval and a verdict.

In a round each contender has one block, so what slows the machine for longer than a round slows
all of them, and their ratio stays. Per process the median over rounds ignores the rounds that
something disturbed; over processes the mean weighs each alike: where its memory happens to lie
makes a process faster or slower for good, and the mean of that is what a user meets.

The interval's width comes from a hierarchical bootstrap: processes are drawn again, and within
each its rounds. Few processes are what there is, 8 to 20, and percentiles of so few drawn again
are too narrow. The bootstrap therefore gives a standard error alone, widened by √(n/(n−1)) as
deviations from one's own mean are too small, and Student's t with n − 1 degrees of freedom does
the rest. Drawing on both levels counts the rounds' scatter twice, once within what the processes
differ by: the interval errs on the wide side, and so holds up where stopping depends on it.
Everything is computed on logarithms: that A takes twice B's time and B half of A's is one fact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.99
# Of a contender whose processes come in two kinds, so many are all of one kind once in 128 times.
FEWEST_PROCESSES = 8
RESAMPLES = 1000  # the standard error's own error is then about 3 %
# Between these lie the middle 68 % of a bell curve, two standard deviations wide. Its standard
# deviation itself would be that of the rare draws in which disturbed rounds have the majority.
WITHIN_ONE_SIGMA = (0.158655, 0.841345)
INTERVAL = (
    f"{CONFIDENCE:.0%}, for all contenders of a workload together: hierarchical bootstrap over "
    "processes and rounds, Student's t over processes"
)

Verdict = Literal["faster", "slower", "same", "inconclusive"]
Rounds = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """A contender's time over the baseline's, and the interval around it."""

    value: float
    low: float
    high: float


def ratio(processes: Sequence[Rounds], rng: np.random.Generator, *, contenders: int = 1) -> Ratio:
    """Estimate a ratio from its logarithms, one per round, grouped by process.

    r = exp(mean over processes of median over rounds)

    Parameters
    ----------
    processes : sequence of sequences of float
        log(contender's time / baseline's time) of each round; at least 2 processes.
    rng : Generator
        Of the bootstrap.
    contenders : int
        How many ratios are to lie in their intervals at once: each gets 1/contenders of the
        probability to miss (Bonferroni).

    Examples
    --------
    >>> from math import log
    >>> ratio([[log(2)] * 3] * 5, np.random.default_rng(0)).value
    2.0
    """
    n = len(processes)
    if n < 2:
        raise ValueError(f"processes: expected at least 2, got {n}")
    medians = np.array([np.median(rounds) for rounds in processes])
    drawn = np.array([_medians_drawn_again(np.asarray(rounds), rng) for rounds in processes])
    who = rng.integers(n, size=(n, RESAMPLES))
    low, high = np.quantile(drawn[who, np.arange(RESAMPLES)].mean(axis=0), WITHIN_ONE_SIGMA)
    spread = (high - low) / 2
    t = student_t((1 + CONFIDENCE) / 2 + (1 - CONFIDENCE) / 2 * (1 - 1 / contenders), n - 1)
    middle, half = medians.mean(), t * spread * math.sqrt(n / (n - 1))
    value, low, high = np.exp([middle, middle - half, middle + half]).tolist()
    return Ratio(value, low, high)


def _medians_drawn_again(
    rounds: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Medians of rounds drawn with replacement, without drawing them all.

    The k-th smallest of n draws is where the k-th smallest of n uniform numbers falls: a Beta
    variable. The median of an even number needs the next one too, the least of n − k uniform
    numbers above.
    """
    rounds, n = np.sort(rounds), len(rounds)
    k = (n + 1) // 2
    lower = rng.beta(k, n - k + 1, RESAMPLES)
    upper = lower if n % 2 else lower + (1 - lower) * rng.beta(1, n - k, RESAMPLES)
    at = (n * np.array([lower, upper])).astype(int).clip(max=n - 1)  # 1 − u may round to 1
    medians: NDArray[np.float64] = rounds[at].mean(axis=0)
    return medians


def change(now: Ratio, then: Ratio) -> Ratio:
    """Compare two ratios to one baseline, from runs of their own: how many times slower since?

    c = now/then; log c ± √(h² + h'²), with h and h' the intervals' half-widths on logarithms

    Independent estimates' variances add. A half-width is a standard error s times Student's t for
    the processes of its run, so this is √((s²t² + s'²t'²)/(s² + s'²)) standard errors wide: a
    quadratic mean of t and t', and so no less than Cochran's and Cox's arithmetic one, which is on
    the wide side itself. What differs from day to day, and not from process to process within a
    run, neither interval knows of; a contender whose code is the same shows how much that is.

    Examples
    --------
    >>> found = change(Ratio(1.2, 1.2 / 1.03, 1.2 * 1.03), Ratio(1.0, 1 / 1.04, 1.04))
    >>> f"{found.value:.3f} {found.low:.3f} {found.high:.3f}"
    '1.200 1.142 1.260'

    Source: Cochran and Cox, "Experimental Designs" (1950); Zou and Donner, "Construction of
    confidence limits about effect measures", Statistics in Medicine 27 (2008), 1693.
    """
    middle = math.log(now.value / then.value)
    half = math.hypot(*(math.log(each.high / each.value) for each in (now, then)))
    value, low, high = np.exp([middle, middle - half, middle + half]).tolist()
    return Ratio(value, low, high)


def verdict(ratio: Ratio, margin: float) -> Verdict:
    """Say what an interval means: all of it beyond the margin, all within, or neither.

    slower: low > 1 + margin; faster: high < 1/(1 + margin); same: between these two.

    Examples
    --------
    >>> verdict(Ratio(1.1, 1.06, 1.14), 0.05)
    'slower'
    >>> verdict(Ratio(1.1, 1.04, 1.16), 0.05)
    'inconclusive'
    """
    least, most = 1 / (1 + margin), 1 + margin
    if ratio.low > most:
        return "slower"
    if ratio.high < least:
        return "faster"
    return "same" if least <= ratio.low and ratio.high <= most else "inconclusive"


def is_enough(ratio: Ratio, margin: float) -> bool:
    """Tell whether to stop: half the margin is resolved, or the verdict is clear twice over.

    Nothing closer to the margin than half of it is decided here: stopping as soon as a verdict
    shows would be to ask until the answer pleases.
    """
    half = math.log(ratio.high / ratio.low) / 2
    beyond = abs(math.log(ratio.value)) - math.log1p(margin)
    return half <= max(math.log1p(margin), beyond) / 2


def student_t(probability: float, freedom: int) -> float:
    """Quantile of Student's t distribution above its median.

    P(|T| ≤ t) = A(t | ν), a finite sum in θ = arctan(t/√ν), is solved for t by bisection.

    Parameters
    ----------
    probability : float
        In (1/2, 1).
    freedom : int
        ν ≥ 1.

    Examples
    --------
    >>> round(student_t(0.975, 4), 3)
    2.776

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # halvings: to the last bit
        middle = (low + high) / 2
        if _central_probability(middle, freedom) < 2 * probability - 1:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan(low)


def _central_probability(theta: float, freedom: int) -> float:
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= (k - 1) / k * cosine * cosine
    if not odd:
        return sine * total
    return 2 / math.pi * (theta + sine * total)

"""What the learning rate makes of a descent on the bowl: it settles, cycles, or is chaotic."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from gradmark.conformance.article.learning_rates import RATES, START, critical_points, multiplier
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.sweep import settled, sweep
from gradmark.harness.records import SeriesRecord
from gradmark.reference.descent import gradient_descent
from gradmark.reference.landscapes import bowl_grad

# From η = 1 on, |1 − 2η| ≥ 1, and no bound holds a walk.
UNBOUNDED_FROM = 1.0


@dataclass(frozen=True)
class Regimes:
    """Where walks from w = 3 are in the long run, by learning rate."""

    rates: FloatArray
    late: FloatArray  # (steps, rates)
    lyapunov: FloatArray
    ends: FloatArray  # 0 at the global minimum, 1 at the local one, NaN at neither
    skipped: int


def lyapunov_exponent(path: FloatArray, rates: FloatArray) -> FloatArray:
    """Give the mean of log |1 − η L″(w_t)| along walks (steps, ...).

    Two walks a tiny distance apart are e^(λt) times as far apart after t steps. Positive, it
    means chaos; negative, that the walk settles at a point or in a cycle.
    """
    factor = np.abs(1 - rates * (2 - 8 * np.sin(4 * path)))
    exponent: FloatArray = np.mean(np.log(np.maximum(factor, 1e-300)), axis=0)
    return exponent


@cache
def regimes(scale: Scale) -> Regimes:
    """Walk from w = 3 at all rates below 1, and keep the last steps."""
    count, skipped = scale.runs(full=1600, quick=400), scale.runs(full=1500, quick=600)
    kept = scale.runs(full=1000, quick=400)
    # half a spacing off the round numbers, at which a walk may land on an unstable point
    rates = (np.arange(count) + 0.5) * UNBOUNDED_FROM / count
    start = sweep("regimes", bowl_grad, START, rates, skipped)
    with pace("regimes, last steps", count):
        late = gradient_descent(lambda w: rates * bowl_grad(w), start, 1.0, kept)
    low, _, local = (float(w) for w in critical_points())
    # a walk is at a minimum when it stays there
    ends = settled(late[0], [low, local])
    ends[~(settled(late[-1], [low, local]) == ends)] = np.nan
    return Regimes(rates, late, lyapunov_exponent(late[:-1], rates), ends, skipped)


def bifurcation(scale: Scale) -> SeriesRecord:
    """Give the late steps by learning rate, and the Lyapunov exponent below them.

    `late[t][k]` is a late step of the walk at `rates[k]`, to four digits; `stable_below` are the
    rates 2/L″ up to which the global and the local minimum hold a walk.
    """
    found = regimes(scale)
    shown = scale.runs(full=100, quick=40)
    low, _, local = critical_points()
    return series(
        "bifurcation",
        rates=np.round(found.rates, 6),
        late=np.round(found.late[-shown:], 4),
        lyapunov=np.round(found.lyapunov, 4),
        minima=[float(low), float(local)],
        # 1 − ηL″ = −1
        stable_below=[2 / (1 - multiplier(1.0, w)) for w in (low, local)],
        marked=RATES,
        unbounded_from=[UNBOUNDED_FROM],
        settings=[
            "L(w) = w² + ½ sin 4w",
            f"{len(found.rates)} rates",
            f"steps {found.skipped + len(found.late) - shown:,} and later from w = {START:g}",
        ],
    )

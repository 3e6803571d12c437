"""Which minimum a descent ends in, by where it starts and by its learning rate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from gradmark.conformance.article import descent_1d, learning_rates
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.sweep import FAR, settled, sweep
from gradmark.harness.records import SeriesRecord
from gradmark.reference.landscapes import bowl_grad, quartic_grad

NEITHER, GONE = 2, 3  # after 0, the global minimum, and 1, the local one


@dataclass(frozen=True)
class Basins:
    """Where each start and each rate ends: `ends[i][j]` is of `rates[i]` and `starts[j]`."""

    starts: FloatArray
    rates: FloatArray
    ends: FloatArray
    critical: tuple[float, ...]
    steps: int

    def share(self, end: int) -> float:
        """Give the share of all runs that end there."""
        return float(np.mean(self.ends == end))

    def nearest(self) -> FloatArray:
        """Give the minimum nearest to each start."""
        low, _, local = self.critical
        return np.asarray(self.starts > (low + local) / 2, float)


@cache
def quartic(scale: Scale) -> Basins:
    """Descend the quartic from its plot's range, at rates up to 0.1."""
    critical = tuple(float(w) for w in descent_1d.critical_points())
    curvature = descent_1d.horner(descent_1d.CURVATURE, np.array(critical))
    return _basins(quartic_grad, critical, curvature, descent_1d.VIEW, 0.1, scale)


@cache
def bowl(scale: Scale) -> Basins:
    """Descend the bowl from its plot's range, at rates up to 0.6."""
    critical = tuple(float(w) for w in learning_rates.critical_points())
    curvature = np.array([float(learning_rates.curvature(w)) for w in critical])
    return _basins(bowl_grad, critical, curvature, (-4.0, 4.0), 0.6, scale)


def _basins(
    gradient: Callable[[FloatArray], FloatArray],
    critical: tuple[float, ...],
    curvature: FloatArray,
    view: tuple[float, float],
    fastest: float,
    scale: Scale,
) -> Basins:
    # midpoints of equal cells: no start is a critical point
    columns, rows = scale.runs(full=240, quick=60), scale.runs(full=120, quick=30)
    starts = view[0] + (np.arange(columns) + 0.5) * (view[1] - view[0]) / columns
    # a rate below these would not have arrived by the last step
    rates = np.linspace(0.05, 1, rows)[:, np.newaxis] * fastest
    steps = 1200
    w = sweep(f"basins of {gradient.__name__}", gradient, starts, rates, steps)
    ends = settled(w, [critical[0], critical[2]], within=1e-3)
    for end in (0, 1):
        # passing by a minimum that repels is no arrival
        ends[(ends == end) & (np.abs(1 - rates * curvature[2 * end]) >= 1)] = NEITHER
    ends[np.isnan(ends)] = NEITHER
    ends[np.abs(w) >= FAR] = GONE
    return Basins(starts, rates[:, 0], ends, critical, steps)


def picture(scale: Scale) -> SeriesRecord:
    """Give both maps; `..._ends[i][j]` is of rate i and start j: 0 global, 1 local, 2, 3."""
    maps = {"quartic": quartic(scale), "bowl": bowl(scale)}
    return series(
        "basins",
        **{f"{name}_starts": found.starts for name, found in maps.items()},
        **{f"{name}_rates": found.rates for name, found in maps.items()},
        **{f"{name}_ends": found.ends.astype(int) for name, found in maps.items()},
        **{f"{name}_critical": found.critical for name, found in maps.items()},
        settings=[
            "L(w) = w⁴ − 3w³ + 2w² + w",
            "L(w) = w² + ½ sin 4w",
            " × ".join(str(n) for n in maps["bowl"].ends.shape[::-1]) + " runs each",
            f"{maps['bowl'].steps} steps",
        ],
    )

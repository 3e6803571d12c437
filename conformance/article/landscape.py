"""The landscape that the article opens with: its surface, and which descents end at its minimum."""

from functools import cache

import mpmath
import numpy as np

from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.sweep import sweep
from gradmark.conformance.article.zeros import zeros
from gradmark.harness.records import SeriesRecord
from gradmark.reference.landscapes import BUMPS_CRITICAL_POINTS, bumps, bumps_grad

STAR = (0.0, 0.0)  # where the article's plot says "Global Minimum"
REACH = 3.0  # the plot's square is [−3, 3]²
(MINIMUM,) = BUMPS_CRITICAL_POINTS
# 1 − 2.7 sin 3t, of t = w₁ ± w₂, are the Hessian's eigenvalues: L = g(w₁ + w₂) + g(w₁ − w₂)
# with g(t) = ¼t² + 0.15 sin 3t. So 3.7 bounds the curvature everywhere.
LARGEST_CURVATURE = 3.7


@cache
def critical_points() -> tuple[tuple[float, float], ...]:
    """Find every (w₁, w₂) with ∇L = 0.

    ∇L = 0 means that t + 0.9 cos 3t = 0 for both t = w₁ + w₂ and t = w₁ − w₂, and then |t| ≤ 0.9.
    """
    roots = zeros(
        lambda m, t: t + m.mpf(9) / 10 * m.cos(3 * t),
        lambda m, t: 1 - m.mpf(27) / 10 * m.sin(3 * t),
        -1,
        1,
    )
    with mpmath.workdps(50):
        return tuple((float((s + t) / 2), float((s - t) / 2)) for s in roots for t in roots)


def curvature_at_minimum() -> float:
    """Give the Hessian's eigenvalue at the minimum, where both are 1 − 2.7 sin 3w₁."""
    (w1, _), *_ = critical_points()
    return float(1 - 2.7 * np.sin(3 * w1))


def surface(scale: Scale) -> SeriesRecord:
    """Give the surface on [−3, 3]², its minimum, and the article's star.

    L(w) = ½(w₁² + w₂²) + 0.3 sin(3w₁) cos(3w₂)

    `loss[i][j]` belongs to `w2[i]`, `w1[j]`. `minimum` and `star` are (w₁, w₂, L).

    References
    ----------
    Article, "Loss Landscape Visualization".
    """
    axis = np.linspace(-REACH, REACH, scale.runs(full=161, quick=41))
    loss = bumps(np.stack(np.meshgrid(axis, axis)))
    assert isinstance(MINIMUM.location, tuple)
    return series(
        "landscape",
        w1=axis,
        w2=axis,
        loss=loss,
        levels=np.linspace(np.floor(2 * MINIMUM.value) / 2, np.ceil(loss.max()), 31),
        minimum=[*MINIMUM.location, MINIMUM.value],
        star=[*STAR, float(bumps(STAR))],
        settings=["L(w) = ½(w₁² + w₂²) + 0.3 sin 3w₁ cos 3w₂"],
    )


@cache
def arrivals(scale: Scale) -> tuple[FloatArray, FloatArray, int, int]:
    """Descend from a grid of starts in the plot's square at rates from 0.02 to 0.8.

    Returns the rates, the share of starts whose descent is at the minimum in the end, the number
    of starts, and that of steps.
    """
    side, steps = scale.runs(full=21, quick=9), 600
    rates = np.linspace(0.02, 0.8, scale.runs(full=40, quick=14))
    axis = np.linspace(-REACH, REACH, side)
    starts = np.stack(np.meshgrid(axis, axis)).reshape(2, -1, 1)
    ends = sweep("landscape", bumps_grad, starts, rates, steps)
    minimum = np.reshape(MINIMUM.location, (2, 1, 1))
    share = np.mean(np.linalg.norm(ends - minimum, axis=0) < 1e-6, axis=0)
    return rates, share, side**2, steps


def arrival_rates(scale: Scale) -> SeriesRecord:
    """Give the share of starts that arrive by learning rate, and the two bounds that explain it."""
    rates, share, starts, steps = arrivals(scale)
    return series(
        "landscape_rates",
        rates=rates,
        share=share,
        sure_below=[2 / LARGEST_CURVATURE],
        never_above=[2 / curvature_at_minimum()],
        settings=[
            "L(w) = ½(w₁² + w₂²) + 0.3 sin 3w₁ cos 3w₂",
            f"{starts} starts in [−3, 3]²",
            f"{steps} steps",
        ],
    )

"""Five learning rates on the article's bumpy bowl, with and without its clipping."""

from functools import cache
from typing import Any

import mpmath
import numpy as np

from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.zeros import zeros
from gradmark.harness.records import SeriesRecord
from gradmark.reference.descent import gradient_descent, gradient_step
from gradmark.reference.landscapes import bowl, bowl_grad

RATES = (0.001, 0.01, 0.1, 0.5, 1.2)
START, STEPS, BOUND = 3.0, 50, 10.0
LARGEST_CURVATURE = 10  # L″ = 2 − 8 sin 4w


@cache
def critical_points() -> tuple[Any, Any, Any]:
    """Find the zeros of L′ to 50 digits: the global minimum, the maximum, the local minimum.

    L′ = 2(w + cos 4w) = 0 asks for |w| ≤ 1.
    """
    low, top, local = zeros(
        lambda m, w: w + m.cos(4 * w), lambda m, w: 1 - 4 * m.sin(4 * w), -1.25, 1.25
    )
    return low, top, local


def curvature(w: Any) -> Any:
    """Give L″ at 50 digits."""
    with mpmath.workdps(50):
        return 2 - 8 * mpmath.sin(4 * mpmath.mpf(w))


def multiplier(rate: float, w: Any) -> float:
    """Give 1 − η L″(w): by how much a step at the fixed point w multiplies a small distance."""
    with mpmath.workdps(50):
        return float(1 - mpmath.mpf(str(rate)) * curvature(w))


def free_walk(rate: float, steps: int = STEPS) -> FloatArray:
    """Descend as the formula says."""
    return gradient_descent(bowl_grad, START, rate, steps)


def clipped_walk(rate: float, steps: int = STEPS) -> FloatArray:
    """Descend, pushed back into [−10, 10] after each step, as in the article's listing."""
    path: list[FloatArray] = [np.array(START)]
    for _ in range(steps):
        path.append(np.clip(gradient_step(path[-1], bowl_grad(path[-1]), rate), -BOUND, BOUND))
    return np.array(path)


def picture(scale: Scale) -> SeriesRecord:
    """Give each rate's walk from w = 3, free and clipped, and the curve under them.

    L(w) = w² + ½ sin 4w,  w ← w − η L′(w)

    `losses[k][t]` and `paths[k][t]` belong to `rates[k]` after t steps; the `clipped_` ones to
    the article's listing, which clips w to [−10, 10]. `minima` are (w, L), the global one first.

    References
    ----------
    Article, "Learning Rate Impact".
    """
    paths = np.array([free_walk(rate) for rate in RATES])
    clipped = np.array([clipped_walk(rate) for rate in RATES])
    axis = np.linspace(-4, 4, scale.runs(full=161, quick=41))
    low, _, local = (float(point) for point in critical_points())
    return series(
        "learning_rates",
        rates=RATES,
        losses=bowl(paths),
        paths=paths,
        clipped_losses=bowl(clipped),
        clipped_paths=clipped,
        curve_w=axis,
        curve_loss=bowl(axis),
        minima=[[w, float(bowl(w))] for w in (low, local)],
        settings=["L(w) = w² + ½ sin 4w", f"{STEPS} steps from w = {START:g}"],
    )

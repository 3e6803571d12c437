"""The article's first descent, and which minimum it ends near."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import finding, series
from harness.results import Record
from reference.descent import gradient_descent
from reference.landscapes import QUARTIC_CRITICAL_POINTS, quartic, quartic_grad

START, RATE, STEPS = 3.0, 0.01, 200


def records(points: int) -> Iterator[Record]:
    """Yield the quartic, the walk on it from w = 3 with η = 0.01, and both minima.

    L(w) = w⁴ − 3w³ + 2w² + w,  w ← w − η L′(w)

    `points` is the number of points of the curve on [−1, 3.5]. `global_minimum` and
    `local_minimum` are (w, L).

    References
    ----------
    Article, "1D Gradient Descent Implementation".
    """
    axis = np.linspace(-1, 3.5, points)
    path = gradient_descent(quartic_grad, START, RATE, STEPS)
    losses = quartic(path)
    lowest, local = (point for point in QUARTIC_CRITICAL_POINTS if point.kind == "minimum")
    yield series(
        "descent_1d",
        curve_w=axis,
        curve_loss=quartic(axis),
        path_w=path,
        path_loss=losses,
        global_minimum=[lowest.location, lowest.value],
        local_minimum=[local.location, local.value],
        settings=["L(w) = w⁴ − 3w³ + 2w² + w", f"η = {RATE}", f"{STEPS} steps from w = {START:g}"],
    )
    end, end_loss = float(path[-1]), float(losses[-1])
    yield finding(
        "descent-ends-in-the-local-minimum",
        f"The descent ends at w = {end:.4f} with L = {end_loss:.6f}: beside the local minimum "
        f"{local.location:.4f}. The global minimum is at {lowest.location:.4f}, where "
        f"L = {lowest.value:.4f}.",
        final_weight=end,
        final_loss=end_loss,
        local_minimum=local.location,
        local_minimum_loss=local.value,
        global_minimum=lowest.location,
        global_minimum_loss=lowest.value,
    )

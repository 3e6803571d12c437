"""Five learning rates on the article's bumpy bowl, with and without its clipping."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import FloatArray, finding, series
from harness.results import Record
from reference.descent import gradient_descent, gradient_step
from reference.landscapes import BOWL_CRITICAL_POINTS, bowl, bowl_grad

RATES = (0.001, 0.01, 0.1, 0.5, 1.2)
START, STEPS, BOUND = 3.0, 50, 10.0


def _clipped_descent(rate: float) -> FloatArray:
    """Descend, pushed back into [−10, 10] after each step, as in the article's listing."""
    path: list[FloatArray] = [np.array(START)]
    for _ in range(STEPS):
        path.append(np.clip(gradient_step(path[-1], bowl_grad(path[-1]), rate), -BOUND, BOUND))
    return np.array(path)


def records(points: int) -> Iterator[Record]:
    """Yield each rate's walk from w = 3, free and clipped, and the curve under them.

    L(w) = w² + ½ sin 4w,  w ← w − η L′(w)

    `points` is the number of points of the curve on [−4, 4]. `losses[k][t]` and `paths[k][t]`
    belong to `rates[k]` after t steps; the `clipped_` ones to the article's listing, which clips
    w to [−10, 10]. `minima` are (w, L), the global one first.

    References
    ----------
    Article, "Learning Rate Impact".
    """
    paths = np.array([gradient_descent(bowl_grad, START, rate, STEPS) for rate in RATES])
    clipped = np.array([_clipped_descent(rate) for rate in RATES])
    axis = np.linspace(-4, 4, points)
    minima = sorted(
        (point for point in BOWL_CRITICAL_POINTS if point.kind == "minimum"),
        key=lambda point: point.value,
    )
    yield series(
        "learning_rates",
        rates=RATES,
        losses=bowl(paths),
        paths=paths,
        clipped_losses=bowl(clipped),
        clipped_paths=clipped,
        curve_w=axis,
        curve_loss=bowl(axis),
        minima=[[point.location, point.value] for point in minima],
        settings=["L(w) = w² + ½ sin 4w", f"{STEPS} steps from w = {START:g}"],
    )
    yield from _findings(dict(zip(RATES, paths, strict=True)), clipped[-1])


def _findings(paths: dict[float, FloatArray], clipped: FloatArray) -> Iterator[Record]:
    lowest, _, local = BOWL_CRITICAL_POINTS
    assert isinstance(local.location, float)
    assert isinstance(lowest.location, float)
    good = float(paths[0.1][-1])
    yield finding(
        "the-good-rate-ends-in-a-local-minimum",
        f"η = 0.1, called good, settles at w = {good:.4f}, the local minimum with "
        f"L = {local.value:.4f}; the global one is at {lowest.location:.4f} with "
        f"L = {lowest.value:.4f}. After {STEPS} steps none of the five rates is there.",
        final_weight=good,
        final_weights={str(rate): path[-1] for rate, path in paths.items()},
        local_minimum=local.location,
        global_minimum=lowest.location,
    )
    # L″ = 2 − 8 sin 4w
    at_local, at_lowest = (2 / (2 - 8 * np.sin(4 * w)) for w in (local.location, lowest.location))
    late = paths[0.5][-10:]
    yield finding(
        "rate-0.5-never-settles",
        "η = 0.5 does not converge, now or later: a minimum holds a descent only where "
        f"η < 2/L″, which is {at_local:.2f} at the local and "
        f"{at_lowest:.2f} at the global minimum. Its last ten steps still run "
        f"between w = {late.min():.3f} and {late.max():.3f}.",
        largest_rate_local=at_local,
        largest_rate_global=at_lowest,
        late_weights=late,
    )
    free, held = bowl(paths[1.2]), bowl(clipped)
    yield finding(
        "clipping-hides-the-divergence",
        f"η = 1.2 does diverge: after {STEPS} steps the loss is {free[-1]:.2g}. The listing's "
        f"clipping to ±{BOUND:g} holds it at {held[-1]:.1f}, bouncing between the walls.",
        final_loss=free[-1],
        clipped_final_loss=held[-1],
        steps_on_the_walls=int(np.sum(np.abs(clipped) == BOUND)),
    )

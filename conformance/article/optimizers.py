"""The article's race of three optimizers down Rosenbrock's valley, and the surface under them."""

import numpy as np

from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.scale import Scale
from gradmark.harness.records import SeriesRecord
from gradmark.reference import Adam, RMSprop, SGDMomentum, rosenbrock, rosenbrock_grad
from gradmark.reference.landscapes import ROSENBROCK_CRITICAL_POINTS

START, STEPS = (-1.5, 2.0), 500


def picture(scale: Scale) -> SeriesRecord:
    """Give each optimizer's losses and path, and the surface under the paths.

    f(w) = (1 − w₁)² + 100 (w₂ − w₁²)²

    `losses[k][t]` and `paths[k][t]` belong to `optimizers[k]` after t steps; `loss[i][j]` to
    `w2[i]`, `w1[j]`.

    RMSprop takes the article's formula, √(s + ε); its listing has √s + ε.

    References
    ----------
    Article, "Optimizers: Beyond Basic SGD".
    """
    points = scale.runs(full=161, quick=41)
    racers = _racers()
    paths = {name: _race(optimizer, START) for name, optimizer in racers.items()}
    losses = {name: rosenbrock(path.T) for name, path in paths.items()}
    w1, w2 = np.linspace(-2, 2, points), np.linspace(-1, 3, points)
    (minimum,) = ROSENBROCK_CRITICAL_POINTS
    return series(
        "optimizers_on_rosenbrock",
        optimizers=list(racers),
        rates=[optimizer.lr for optimizer in racers.values()],
        losses=list(losses.values()),
        paths=list(paths.values()),
        minimum=minimum.location,
        w1=w1,
        w2=w2,
        loss=rosenbrock(np.stack(np.meshgrid(w1, w2))),
        settings=["start (−1.5, 2)", f"{STEPS} steps", "momentum 0.9"],
    )


def _racers() -> dict[str, SGDMomentum | RMSprop | Adam]:
    return {
        "SGD + momentum": SGDMomentum(lr=0.001, momentum=0.9),
        "RMSprop": RMSprop(lr=0.01),
        "Adam": Adam(lr=0.01),
    }


def _race(optimizer: SGDMomentum | RMSprop | Adam, start: tuple[float, float]) -> FloatArray:
    path: list[FloatArray] = [np.array(start)]
    for _ in range(STEPS):
        path.append(optimizer.step(path[-1], rosenbrock_grad(path[-1])))
    return np.array(path)

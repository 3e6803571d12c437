"""The article's race of three optimizers down Rosenbrock's valley, and who wins it."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import FloatArray, finding, series
from harness.results import Record
from reference import Adam, RMSprop, SGDMomentum, rosenbrock, rosenbrock_grad
from reference.landscapes import ROSENBROCK_CRITICAL_POINTS

START, STEPS = (-1.5, 2.0), 500
MILESTONES = (50, 100, 200, 500)
NUDGE = 1e-15  # a few roundings of the start


def records(points: int) -> Iterator[Record]:
    """Yield each optimizer's losses and path, and the surface under the paths.

    f(w) = (1 − w₁)² + 100 (w₂ − w₁²)²

    `points` is the number of grid points along w₁. `losses[k][t]` and `paths[k][t]` belong to
    `optimizers[k]` after t steps; `loss[i][j]` to `w2[i]`, `w1[j]`.

    RMSprop takes the article's formula, √(s + ε); its listing has √s + ε.

    References
    ----------
    Article, "Optimizers: Beyond Basic SGD".
    """
    racers = _racers()
    paths = {name: _race(optimizer, START) for name, optimizer in racers.items()}
    losses = {name: rosenbrock(path.T) for name, path in paths.items()}
    w1, w2 = np.linspace(-2, 2, points), np.linspace(-1, 3, points)
    (minimum,) = ROSENBROCK_CRITICAL_POINTS
    yield series(
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
    ranking = {t: sorted(losses, key=lambda name: losses[name][t]) for t in MILESTONES}
    ends = "; ".join(
        f"{name} at ({paths[name][-1][0]:.4f}, {paths[name][-1][1]:.4f}), "
        f"loss {losses[name][-1]:.6f}"
        for name in ranking[STEPS]
    )
    yield finding(
        "rosenbrock-final-losses",
        f"After {STEPS} steps, best first: {ends}.",
        final_losses={name: values[-1] for name, values in losses.items()},
        final_positions={name: path[-1] for name, path in paths.items()},
    )
    told = "; ".join(
        f"step {t}: {', '.join(f'{name} {losses[name][t]:.3g}' for name in names)}"
        for t, names in ranking.items()
    )
    yield finding(
        "rosenbrock-who-is-ahead",
        f"Losses, best first: {told}. The article expects Adam to converge fastest.",
        losses={name: {str(t): losses[name][t] for t in MILESTONES} for name in racers},
        ranking={str(t): names for t, names in ranking.items()},
    )
    nudged = {
        name: rosenbrock(_race(optimizer, (START[0] + NUDGE, START[1]))[-1])
        for name, optimizer in _racers().items()
    }
    moved = {name: abs(nudged[name] - losses[name][-1]) for name in racers}
    yield finding(
        "rosenbrock-nudged-start",
        f"How many digits of these ends mean something? With the start moved by {NUDGE:g} the "
        f"final loss moves by {', '.join(f'{x:.1g} ({name})' for name, x in moved.items())}.",
        nudge=NUDGE,
        final_losses=nudged,
        moved=moved,
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

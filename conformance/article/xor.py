"""The article's network on XOR: how far it gets, and what holds it there."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import FloatArray, finding, series
from harness.results import Record
from reference.network import XOR_X, XOR_Y, compute_loss, forward, initialize, train

SEED, RATE, EPOCHS = 42, 0.5, 1000


def records(points: int, initializations: int, seed: int) -> Iterator[Record]:
    """Yield the training curve, the decision surface, and why the network is stuck.

    `points` is the number of grid points along each axis of [−½, 1½]². `prediction[i][j]`
    belongs to `x2[i]`, `x1[j]`. As in the article, `losses` and `predictions` are those before
    each update, the last ones before the 1000th.

    `initializations` others, drawn with `seed`, tell whether 42 is an unlucky one.

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    losses, *before_last = train(XOR_X, XOR_Y, *initialize(seed=SEED), lr=RATE, epochs=EPOCHS - 1)
    losses = np.append(losses, compute_loss(XOR_X, XOR_Y, *before_last))
    z1, _, _, predictions = forward(XOR_X, *before_last)
    axis = np.linspace(-0.5, 1.5, points)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    yield series(
        "xor",
        losses=losses,
        x1=axis,
        x2=axis,
        prediction=forward(grid, *before_last).a2.reshape(points, points),
        inputs=XOR_X,
        labels=XOR_Y.ravel(),
        predictions=predictions.ravel(),
        settings=["4 hidden units", f"η = {RATE}", f"{EPOCHS} epochs", f"NumPy seed {SEED}"],
    )
    yield _stuck(losses, z1, predictions.ravel())
    yield _others(initializations, seed)


def _stuck(losses: FloatArray, z1: FloatArray, predictions: FloatArray) -> Record:
    off = ~np.any(z1 > 0, axis=1)
    dead = ~np.any(z1 > 0, axis=0)
    # Where no hidden unit is on, one number b2 answers for all: at best the share p of ones among
    # them, at a cost of their entropy; the rest costs nothing.
    p = float(np.mean(XOR_Y[off]))
    floor = -float(np.mean(off)) * (p * np.log(p) + (1 - p) * np.log1p(-p))
    shown = ", ".join(f"{prediction:.4f}" for prediction in predictions)
    return finding(
        "xor-is-not-learned",
        f"The program prints Initial loss: {losses[0]:.4f}, Final loss: {losses[-1]:.4f} and the "
        f"predictions {shown}: XOR is not learned. {np.sum(off)} of 4 inputs switch every hidden "
        f"unit off (of {len(dead)} units {np.sum(dead)} is dead: off for all), so that these "
        f"inputs share one prediction, σ(b2). While they do, the loss stays above {floor:.4f}.",
        initial_loss=losses[0],
        final_loss=losses[-1],
        predictions=predictions,
        printed=[
            f"Initial loss: {losses[0]:.4f}",
            f"Final loss:   {losses[-1]:.4f}",
            *(f"Predicted: {prediction:.4f}" for prediction in predictions),
        ],
        inputs_with_all_units_off=XOR_X[off],
        dead_units=np.flatnonzero(dead),
        lowest_loss_in_reach=floor,
    )


def _others(initializations: int, seed: int) -> Record:
    seeds = np.random.default_rng(seed).integers(0, 2**32, initializations).tolist()
    learned = []
    for other in seeds:
        parameters = train(XOR_X, XOR_Y, *initialize(seed=other), lr=RATE, epochs=EPOCHS)[1:]
        right = (forward(XOR_X, *parameters).a2 > 0.5) == (XOR_Y > 0.5)
        learned.append(bool(np.all(right)))
    return finding(
        "xor-depends-on-the-seed",
        f"Of {initializations} other initializations {sum(learned)} learn XOR in {EPOCHS} epochs.",
        initializations=initializations,
        learned=sum(learned),
        seeds=seeds,
    )

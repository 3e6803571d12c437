"""The article's network on XOR."""

import numpy as np

from gradmark.conformance.article.records import series
from gradmark.conformance.article.scale import Scale
from gradmark.harness.records import SeriesRecord
from gradmark.reference.network import XOR_X, XOR_Y, compute_loss, forward, initialize, train

SEED, RATE, EPOCHS = 42, 0.5, 1000


def picture(scale: Scale) -> SeriesRecord:
    """Give the training curve, and the decision surface on [−½, 1½]².

    `prediction[i][j]` belongs to `x2[i]`, `x1[j]`. As in the article, `losses` and `predictions`
    are those before each update, the last ones before the 1000th.

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    losses, *before_last = train(XOR_X, XOR_Y, *initialize(seed=SEED), lr=RATE, epochs=EPOCHS - 1)
    losses = np.append(losses, compute_loss(XOR_X, XOR_Y, *before_last))
    predictions = forward(XOR_X, *before_last).a2
    points = scale.runs(full=161, quick=41)
    axis = np.linspace(-0.5, 1.5, points)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return series(
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

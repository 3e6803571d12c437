"""The article's four learning-rate schedules over 100 epochs."""

import numpy as np

from gradmark.conformance.article.records import series
from gradmark.harness.records import SeriesRecord
from gradmark.reference import cosine_annealing, exponential_decay, step_decay, warmup_cosine

EPOCHS = 100


def picture() -> SeriesRecord:
    """Give the learning rate at epochs 0, 1, …, 100 under each schedule's defaults.

    `rates[k][t]` belongs to `schedules[k]` at `epoch[t]`. The article plots epochs 0 to 99; the
    100th is where both cosines reach 0.

    References
    ----------
    Article, "Learning Rate Schedules".
    """
    epoch = np.arange(EPOCHS + 1)
    rates = {
        "Step decay": step_decay(epoch),
        "Exponential decay": exponential_decay(epoch),
        "Cosine annealing": cosine_annealing(epoch),
        "Warm-up + cosine": warmup_cosine(epoch),
    }
    return series(
        "schedules",
        epoch=epoch,
        schedules=list(rates),
        rates=list(rates.values()),
        settings=[
            "η₀ = 0.1",
            "step: halved every 20 epochs",
            "exponential: decay rate 0.05",
            "warm-up: 10 epochs",
        ],
    )

"""The article's four learning-rate schedules over 100 epochs, and their last point."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import finding, series
from harness.results import Record
from reference import cosine_annealing, exponential_decay, step_decay, warmup_cosine

EPOCHS = 100


def records() -> Iterator[Record]:
    """Yield the learning rate at epochs 0, 1, …, 100 under each schedule's defaults.

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
    yield series(
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
    first, last = ({name: values[t] for name, values in rates.items()} for t in (0, EPOCHS - 1))
    warm = rates["Warm-up + cosine"]
    yield finding(
        "warm-up-starts-at-zero",
        f"Warm-up begins at η = {warm[0]:g}, so its first epoch learns nothing. At the last "
        f"epoch, {EPOCHS - 1}, the rates are "
        + ", ".join(f"{name} {value:.2g}" for name, value in last.items())
        + ".",
        first=first,
        last=last,
    )

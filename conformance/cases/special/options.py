"""Options of optimizers: each alone, and together with those that may stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw, beginning_exactly
from gradmark.conformance.cases.own import case, special
from gradmark.harness.contract import CONTRACT

# PyTorch takes no dampening beside Nesterov's look-ahead.
TOGETHER: dict[str, dict[str, Any]] = {
    "SGD": {},
    "SGDMomentum": {"nesterov": True},
    "RMSprop": {"momentum": 0.37, "centered": True},
    "Adam": {"amsgrad": True},
}
RATES = [0.125, 0.125, 0.25, 0.0625, 0.0625, 0.125]
ALONE = {"weight_decay": "decays", "maximize": "climbs"}


def _asked(formula: str, draw: Draw) -> Iterator[Case]:
    row = CONTRACT[formula]
    settings = row.settings(1)
    w = np.array([4.0, -3.0, 0.5])
    # Falling, so that the greatest of what has been is not the latest.
    falling = np.array([4.0, 2.0, 1.0, -0.5, 0.25, 0.125])[:, None]
    g = beginning_exactly(draw.normal(size=(6, 3)) * falling)

    def asked(name: str, **options: Any) -> Case:
        return case(formula, name, w, g, RATES, **settings, **options)

    for option in row.options:
        yield asked(ALONE.get(option.name, option.name), **{option.name: option.value(1)})
    every = TOGETHER[formula]
    yield asked("climbs-and-decays", weight_decay=0.5, maximize=True)
    if every:
        yield asked("options-together", weight_decay=0.1, **every)
        yield asked("options-together-climbing", weight_decay=0.5, maximize=True, **every)


for _formula in TOGETHER:
    special(_formula)(partial(_asked, _formula))

"""Every optimizer at every learning rate on the whole distribution of problems, run once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.rate_grid import (
    OPTIMIZERS,
    RATES,
    Optimizer,
    descend,
    lowest,
    steps_to,
)
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.races.toys import Toys, distribution
from gradmark.reference import Adam

STEPS = 500  # as in the article's race
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6)  # the share of the loss in reach that may be left
CLOSE = 1e-3  # the one that is meant where none is named
WITHOUT_MOMENTUM, WITH_LESS = "Adam without momentum", "Adam with less momentum"
RACERS: dict[str, Callable[[], Optimizer]] = {
    **OPTIMIZERS,
    WITHOUT_MOMENTUM: lambda: Adam(lr=1.0, beta1=0.0),
    WITH_LESS: lambda: Adam(lr=1.0, beta1=0.5),
}


@dataclass(frozen=True)
class Tournament:
    """Who needs how many steps.

    Parameters
    ----------
    problems : list of Toys
        The distribution drawn, a kind each.
    targets : array
        The loss to reach, shape (tolerances, kinds, instances): so close to the lowest that any
        run of the instance has met.
    steps : dict of str to array
        By optimizer, shape (tolerances, kinds, rates, instances): the steps until there; ∞ for
        more than `STEPS`.
    """

    problems: list[Toys]
    targets: FloatArray
    steps: dict[str, FloatArray]

    def best(self, name: str, tolerance: float = CLOSE) -> FloatArray:
        """Give an optimizer's steps at each instance's best rate, (kinds, instances)."""
        best: FloatArray = self.steps[name][TOLERANCES.index(tolerance)].min(axis=1)
        return best

    def best_rate(self, name: str) -> FloatArray:
        """Give those rates; NaN where none is good enough."""
        steps = self.steps[name][TOLERANCES.index(CLOSE)]
        return np.where(np.isfinite(steps.min(axis=1)), RATES[steps.argmin(axis=1)], np.nan)

    def at(self, name: str, rate: float) -> FloatArray:
        """Give an optimizer's steps at one rate of the grid, (kinds, instances)."""
        nearest = int(np.argmin(np.abs(np.log(RATES / rate))))
        chosen: FloatArray = self.steps[name][TOLERANCES.index(CLOSE)][:, nearest]
        return chosen


def fastest(*steps: FloatArray) -> FloatArray:
    """Tell which of several are first, ties and all: shape (several, ...)."""
    stacked = np.stack(steps)
    first: FloatArray = (stacked == stacked.min(axis=0)) & np.isfinite(stacked)
    return first


@cache
def tournament(scale: Scale) -> Tournament:
    """Hold it: the four optimizers, and Adam with β₁ = 0 and 0.5."""
    instances = scale.runs(full=50, quick=12)
    problems = distribution(instances, np.random.default_rng(scale.seed))
    targets = []
    steps: dict[str, list[list[FloatArray]]] = {name: [] for name in RACERS}
    with pace("tournament", runs=len(problems) * instances * len(RATES) * len(RACERS)):
        for toys in problems:
            losses = {n: descend(toys, make(), RATES, STEPS) for n, make in RACERS.items()}
            low = np.min([lowest(table) for table in losses.values()], axis=0)
            start = toys.loss(toys.starts[:, None, :])[0]
            targets.append([low + tolerance * (start - low) for tolerance in TOLERANCES])
            for name, table in losses.items():
                steps[name].append([steps_to(table, target) for target in targets[-1]])
    return Tournament(
        problems,
        np.swapaxes(targets, 0, 1),
        {name: np.swapaxes(kinds, 0, 1) for name, kinds in steps.items()},
    )

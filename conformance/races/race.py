"""How many steps an optimizer takes to a problem's target, at a rate that was tuned on others.

All have the same: the problems and their starts, the rates to choose from, the instances to tune
on, the steps. None of the instances that they race on is one that they are tuned on, and a target
is a share of the way to the infimum, so it hangs on no other optimizer. All but the rate is at its
usual value.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gradmark.conformance.races import FloatArray
from gradmark.conformance.races.toys import Toys, distribution
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import (
    Contender,
    ContenderFailure,
    ContenderFault,
    ContenderImpure,
    RemoteOptimizer,
)

SHARE = 1e-3  # of the way from the start's loss to the infimum that may be left at the target
LOST = 1e12  # times that way, from where no run comes back
TINY = float(np.finfo(float).tiny)
RATES = tuple(float(rate) for rate in np.geomspace(1e-4, 1e3, 22))  # three a decade
Found = tuple[FloatArray, FloatArray]  # steps, ∞ for never, and the least share left, by instance


@dataclass(frozen=True)
class Terms:
    """What every optimizer has: how many instances of each kind, rates, and steps.

    Examples
    --------
    >>> Terms(seed=0, quick=True).told()["instances"]
    6
    """

    seed: int
    quick: bool

    @property
    def steps(self) -> int:
        """How many steps a run may take."""
        return 100 if self.quick else 500

    @property
    def rates(self) -> Sequence[float]:
        """The rates to choose from."""
        return RATES[::3] if self.quick else RATES

    @property
    def instances(self) -> tuple[int, int]:
        """How many of each kind there are to be tuned on, and how many to race on."""
        return (2, 6) if self.quick else (5, 40)

    def told(self) -> dict[str, Any]:
        """Say all of it, for the header of a results file."""
        tuned_on, instances = self.instances
        return {
            "problems": [toys.kind for toys in _drawn(self)[1]],
            "instances": instances,
            "tuned_on": tuned_on,
            "rates": list(self.rates),
            "steps": self.steps,
            "share": SHARE,
        }


@cache
def _drawn(terms: Terms) -> tuple[list[Toys], list[Toys]]:
    """Draw the problems to tune on, and those to race on, each from a stream of its own."""
    tuning, racing = (
        distribution(instances, np.random.default_rng((terms.seed, stream)), away=True)
        for stream, instances in enumerate(terms.instances)
    )
    return tuning, racing


def races(
    contender: Contender,
    formula: str,
    dtype: str,
    terms: Terms,
    *,
    apart: bool,
    before: Container[str] = (),
) -> Iterator[dict[str, Any]]:
    """Yield a record for each kind of problem; what cannot race says why.

    Parameters
    ----------
    contender, formula, dtype : Contender, str, str
        Whose optimizer, and what its weights are.
    terms : Terms
        What every optimizer has.
    apart : bool
        Whether each instance needs an optimizer of its own: else one that works entry by entry
        takes the steps of all, which is the same and faster.
    before : container of str
        The kinds of problem that it has raced on already.
    """
    runner = Runner(contender, formula, dtype, terms.steps, apart=apart)
    for tuning, racing in zip(*_drawn(terms), strict=True):
        if racing.kind in before:
            continue
        record = {
            "kind": "race",
            "implementation": contender.name,
            "formula": formula,
            "dtype": dtype,
            "problem": racing.kind,
        }
        try:
            rate, done = runner.tuned(tuning, terms.rates)
            steps, _ = runner.run(racing, rate)
        except (ContenderFailure, NotAskedError) as failure:
            told = getattr(failure, "reason", str(failure))
            yield {**record, "rate": None, "tuning": 0, "steps": [], "reason": told}
        else:
            counts = [int(count) if np.isfinite(count) else None for count in steps]
            yield {**record, "rate": rate, "tuning": done, "steps": counts}


@dataclass(frozen=True)
class Runner:
    """An optimizer of a contender, and how many steps it may take."""

    contender: Contender
    formula: str
    dtype: str
    limit: int
    apart: bool

    def tuned(self, toys: Toys, rates: Sequence[float]) -> tuple[float, int]:
        """Choose the rate that solves most instances, and how many these are.

        Of several the one that takes the fewest steps to them, then the one that leaves the least
        of the losses, then the smallest.
        """
        best = (0.0, np.inf, np.inf, np.inf)
        for rate in reversed(rates):  # those too large for anything are lost at once
            solves_all = best[0] == -toys.starts.shape[1]
            steps, left = self.run(toys, rate, most=best[1] if solves_all else np.inf)
            done = np.isfinite(steps)
            spent, rest = steps[done].sum(), np.log(np.maximum(left, TINY)).sum()
            best = min(best, (-float(done.sum()), float(spent), float(rest), rate))
        return best[-1], -int(best[0])

    def run(self, toys: Toys, rate: float, most: float = np.inf) -> Found:
        """Descend from every instance's start, each until its target or until it is lost.

        It ends where all together have taken more than `most` steps.
        """
        every = np.arange(toys.starts.shape[1])
        if not self.apart:
            try:
                return self._run(toys, rate, [every], most)
            except ContenderFault:  # it raises at one of them, which costs the others nothing
                pass
        return self._run(toys, rate, list(every[:, None]), most)

    def _run(self, toys: Toys, rate: float, groups: Sequence[np.ndarray], most: float) -> Found:
        w = toys.starts.astype(self.dtype)
        start = toys.loss(w[:, None])[0]
        steps = np.full(len(start), np.inf)
        left = np.ones(len(start))
        going = np.ones(len(start), bool)
        with ExitStack() as stack:
            made = [stack.enter_context(self._made(rate)) for _ in groups]
            for step in range(1, self.limit + 1):
                slope = toys.gradient(w[:, None])[:, 0]
                slope[:, ~going] = 0
                for optimizer, group in zip(made, groups, strict=True):
                    if going[group].any():
                        try:
                            w[:, group] = self._stepped(optimizer, w[:, group], slope[:, group])
                        except ContenderFault:
                            if len(group) > 1:
                                raise
                            going[group] = False
                share = (toys.loss(w[:, None])[0] - toys.least) / (start - toys.least)
                left[going] = np.fmin(left, share)[going]
                arrived = going & (share <= SHARE)
                steps[arrived] = step
                going &= ~arrived & (share < LOST)
                spent = steps[np.isfinite(steps)].sum() + step * going.sum()
                if not going.any() or spent > most:
                    break
        return steps, left

    def _made(self, rate: float) -> RemoteOptimizer:
        row, bound = CONTRACT[self.formula], self.contender.binding(self.formula)
        hyper = {**row.settings(0), **(bound.pinned if bound else {}), "lr": rate}
        known = {name: value for name, value in hyper.items() if name in row.parameters}
        return self.contender.optimizer(self.formula, **known)

    def _stepped(self, optimizer: RemoteOptimizer, w: FloatArray, slope: FloatArray) -> FloatArray:
        shape = CONTRACT[self.formula].folded((w.size,))
        try:
            moved = optimizer.step(w.reshape(shape), slope.astype(self.dtype).reshape(shape))
        except ContenderImpure as failure:
            moved = failure.value
        return np.asarray(moved).reshape(w.shape)

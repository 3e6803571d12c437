"""What an optimizer does where it is used: it is saved, and goes on; it is given nonsense.

A run that is saved in the middle is resumed by a fresh process, or at least by another object, and
must end where the run that was never interrupted ends, bit for bit. Arguments that make no sense
may be taken or refused: what is done is told, and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np

from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender, ContenderFailure

STEPS, SAVED_AFTER = 5, 3
# Beyond this it is no rounding: another process may compile otherwise.
ROUNDING = 1e-9
# By the roles of parameters.
NONSENSE = {"rate": -1.0, "epsilon": -1.0, "decay": 1.5, "momentum": -1.0, "weight decay": -1.0}
Told = tuple[str, str, str]  # the check, its outcome, and what is seen


def practised(contender: Contender, formula: str, *, fresh: bool) -> Iterator[Told]:
    """Look at all of it; with `fresh`, another process loads what was saved, if there is one."""
    bound = contender.binding(formula)
    if bound is not None:
        yield from contender.practice(formula)
        yield from _given_nonsense(contender, formula)
    told = _ends(contender, formula, fresh=fresh)
    if bound is not None or told[1] != "refused":
        yield told


def _hyper(contender: Contender, formula: str) -> dict[str, float]:
    usual = {p.name: p.usual for p in CONTRACT[formula].hyperparameters if p.usual is not None}
    bound = contender.binding(formula)
    return {**usual, "lr": 0.125, **(bound.pinned if bound is not None else {})}


# Of libraries, what came of all their optimizers: to start one again takes long.
_known: WeakKeyDictionary[Contender, dict[str, Told]] = WeakKeyDictionary()


def _ends(contender: Contender, formula: str, *, fresh: bool) -> Told:
    """Say whether a run that was saved ends where the one ends that was not interrupted."""
    known = _known.setdefault(contender, {})
    if formula not in known:
        every = [name for name in CONTRACT if _is_practised(contender, name)]
        asked = every if contender.target.module is not None else [formula]
        runs = {name: _Run(contender, name) for name in dict.fromkeys([*asked, formula])}
        fresh = fresh and contender.restart()
        known.update((name, run.told(fresh=fresh)) for name, run in runs.items())
    return known[formula]


def _is_practised(contender: Contender, formula: str) -> bool:
    bound = contender.binding(formula)
    return bound is not None and bound.practised


class _Run:
    """An optimizer's run over a few gradients, saved in the middle."""

    def __init__(self, contender: Contender, formula: str) -> None:
        self.contender, self.formula = contender, formula
        random = np.random.default_rng(0)
        w, self.gradients = random.normal(size=(2, 3)), random.normal(size=(STEPS, 2, 3))
        self.hyper = _hyper(contender, formula)
        self.failure = ""
        try:
            self.found = contender.interrupted(formula, self.hyper, w, self.gradients, SAVED_AFTER)
        except (ContenderFailure, NotAskedError) as failure:
            self.failure = str(failure)[:200]

    def told(self, *, fresh: bool) -> Told:
        """Go on from what was saved, and compare."""
        if self.failure:  # it refuses, and nothing is said of that
            return "resumes from what is saved", "refused", self.failure
        found = self.found
        rest = self.gradients[SAVED_AFTER:]
        try:
            reached = self.contender.resumed(self.formula, self.hyper, found.then, rest, found.kept)
        except (ContenderFailure, NotAskedError) as failure:
            return found.says, "refused", str(failure)[:200]
        if np.array_equal(reached, found.end):
            return found.says, "passed", "in a fresh process" if fresh else ""
        close = np.allclose(reached, found.end, rtol=ROUNDING, atol=0)
        outcome = "failed" if found.owed and not close else "differs"
        return found.says, outcome, f"comes to {reached.tolist()}, not to {found.end.tolist()}"


def _given_nonsense(contender: Contender, formula: str) -> Iterator[Told]:
    bound = contender.binding(formula)
    assert bound is not None
    lacking = {*bound.pinned, *contender.lacks(formula)}
    parameters = CONTRACT[formula].takes
    values = {p.name: NONSENSE[p.role] for p in parameters
              if p.role in NONSENSE and p.name not in lacking}  # fmt: skip
    yield from contender.given_nonsense(formula, _hyper(contender, formula), values)

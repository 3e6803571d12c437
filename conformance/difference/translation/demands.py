"""What each step alone asks of one number: where the answers differ, no constant does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.difference.translation.laws import law
from gradmark.conformance.difference.translation.model import Model, Question
from gradmark.conformance.equations.written import symbol
from gradmark.harness.contract import CONTRACT

STEPS = (1, 2, 10)
GRID, HALVINGS = 48, 80
CLOSE = 1e-6
ANY = float("nan")  # any value does


@dataclass(frozen=True)
class Demand:
    """The values of one number that single steps ask for, by the step.

    What a step does not hang on is not asked by it; `undone` is the first step that no value does.
    """

    name: str
    values: Mapping[int, float]
    law: str | None
    undone: int = 0

    @property
    def differs(self) -> bool:
        """Whether each step alone can be had, and asks for another value."""
        values = [*self.values.values()]
        apart = len(values) > 1 and not np.allclose(values, values[0], rtol=CLOSE, atol=0)
        return apart and not self.undone


def demands(a: Model, b: Model, names: Sequence[str], question: Question) -> list[Demand]:
    """Find what single steps ask of each number alone."""
    return [_demand(a, b, name, question) for name in names]


def _demand(a: Model, b: Model, name: str, question: Question) -> Demand:
    start = {**question.usual(a.formula), **a.pinned}
    target = _moves(a({}, question))
    grid = _grid(a.formula, name, start[name])
    tried = [_moves(b({**start, name: value}, question)) for value in grid]
    found: dict[int, float] = {}
    for step in STEPS:
        value = _solved(b, name, start, target, grid, tried, step, question)
        if value is None:
            return Demand(name, found, None, undone=step)
        if value is not ANY:
            found[step] = value
    given = [start] * len(found)
    powers = [_powers(a.formula, start, step) for step in found]
    its = law(name, a.formula, list(found.values()), given, powers)
    return Demand(name, found, its.text if its is not None else None)


def _powers(formula: str, start: Mapping[str, float], step: int) -> dict[str, float]:
    """List what changes from step to step."""
    decays = [p.name for p in CONTRACT[formula].hyperparameters if p.role in ("decay", "momentum")]
    return {f"(1 − {symbol(n)}ᵗ)": 1 - start[n] ** step for n in decays}


def _moves(steps: np.ndarray) -> np.ndarray:
    """Return how far each step goes."""
    return (
        np.diff(steps, axis=0, prepend=np.zeros((1, *steps.shape[1:]))) if steps.ndim > 1 else steps
    )


def _grid(formula: str, name: str, value: float) -> np.ndarray:
    if CONTRACT[formula].parameter(name).domain[1] <= 1:
        return 1 / (1 + np.exp(-np.linspace(-8, 12, GRID)))
    return value * np.logspace(-5, 5, GRID)


def _solved(
    b: Model, name: str, start: Mapping[str, float], target: np.ndarray, grid: np.ndarray,
    tried: Sequence[np.ndarray], step: int, question: Question,
) -> float | None:  # fmt: skip
    """Solve for the value that makes one step what it should be, in all its entries."""
    if target.ndim < 2 or any(one.shape != target.shape for one in tried):
        return None
    due = target[step - 1]

    def off(value: float) -> np.ndarray:
        return np.asarray(_moves(b({**start, name: value}, question))[step - 1] - due)

    offs = np.array([one[step - 1] - due for one in tried])
    if np.all(np.abs(offs) <= CLOSE * np.abs(due)):
        return ANY
    for entry in range(due.size):
        signs = np.sign(offs[:, entry])
        crossings = np.flatnonzero((signs[:-1] * signs[1:] < 0) & np.isfinite(signs[:-1]))
        for at in crossings:
            low, high = float(grid[at]), float(grid[at + 1])
            below = np.sign(offs[at, entry])
            for _ in range(HALVINGS):
                middle = (low * high) ** 0.5
                low, high = (
                    (middle, high) if np.sign(off(middle)[entry]) == below else (low, middle)
                )
            if np.all(np.abs(off(low)) <= CLOSE * np.abs(due)):
                return low
    return None

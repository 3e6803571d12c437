"""From the worst points of the grid towards the worst case: a seeded random local search.

Rounding errors look like noise from one number to the next, and have a shape from one magnitude to
the next: each try moves by a random part of the magnitude, from half of it down to single ulps,
and is kept if the error is no smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.within import stays_within
from gradmark.harness.contract import CONTRACT, Parameter
from gradmark.harness.contract.dtypes import largest, tiny

Move = Callable[[Any, np.random.Generator], Any]
Ask = Callable[[Case], np.ndarray]  # the error of each entry of the answer

# --- columns --------------------------------------------------------------------------------------


def columns(case: Case) -> int:
    """Count what one call asks independently: entries of an activation, weights of an optimizer."""
    elementwise = CONTRACT[case.formula].elementwise
    return max(int(np.size(case.arguments[0])), 1) if elementwise else 1


def worst_of(case: Case, ulps: np.ndarray) -> np.ndarray:
    """Take the worst error of each column."""
    worst: np.ndarray = ulps.reshape(-1, columns(case)).max(axis=0)
    return worst


def pick(case: Case, chosen: np.ndarray) -> Case:
    """Keep some of the columns, which are the last axis of each array."""
    if columns(case) == 1:
        return case
    arguments = (a[..., chosen] if isinstance(a, np.ndarray) else a for a in case.arguments)
    return replace(case, arguments=tuple(arguments))


def _merged(better: np.ndarray, new: Case, old: Case) -> Case:
    arguments = (
        np.where(better, n, o) if isinstance(o, np.ndarray) else n if better.all() else o
        for n, o in zip(new.arguments, old.arguments, strict=True)
    )
    return replace(old, arguments=tuple(arguments))


# --- moves ----------------------------------------------------------------------------------------


def _real(x: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Move each number by a random part of itself, or by a few ulps; zero stays."""
    limit = largest(x.dtype.name) / 4
    part = 2.0 ** draw.uniform(-20, -1, x.shape) * draw.normal(size=x.shape)
    steps = draw.integers(-8, 9, x.shape) * np.spacing(np.abs(x))
    moved = np.where(draw.uniform(size=x.shape) < 0.5, x * np.exp(part), x + steps)
    moved = np.clip(moved, -limit, limit).astype(x.dtype)
    kept = (x == 0) | (np.abs(moved) < 2 * tiny(str(x.dtype)))  # what may be flushed is no question
    return np.where(kept, x, moved)


def _unit(x: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Move a probability, by a part of its distance from the nearer of 0 and 1."""
    low = x < 0.5
    return np.clip(np.where(low, _real(x, draw), 1 - _real(1 - x, draw)), 0, 1).astype(x.dtype)


def _dyadic(x: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Move by multiples of 1/64, which keep a pre-activation exactly at its kink or far from it."""
    chosen = draw.uniform(size=x.shape) < 0.5
    return np.clip(x + chosen * draw.integers(-8, 9, x.shape) / 64, -4, 4).astype(x.dtype)


def _kept(x: Any, draw: np.random.Generator) -> Any:
    del draw
    return x


def _rate(x: float, draw: np.random.Generator) -> float:
    return float(np.clip(x * np.exp(2.0 ** draw.uniform(-20, -1) * draw.normal()), 1e-6, 0.999))


def _count(x: int, draw: np.random.Generator) -> int:
    return int(np.clip(x + draw.integers(-3, 4), 1, 100))


def _epoch(x: int, draw: np.random.Generator) -> int:
    return int(np.clip(x + draw.integers(-3, 4), 0, 100))


# By an argument's role, what it may do. Labels stay labels, and so does what stands in an order.
MOVES: Mapping[str, Move] = {
    "data": _real,
    "target": _real,
    "logit": _real,
    "class logit": _real,
    "row logit": _real,
    "class log probability": _real,
    "probability": _unit,
    "class probability": _unit,
    "before a kink": _dyadic,
    "point": _real,
    "weights": _real,
    "gradient": _real,
    "rate": _rate,
    "factor": _rate,
    "time": _epoch,
    "count": _count,
}


def moves(formula: str) -> tuple[Move, ...]:
    """List what each argument of a case may do; what no role moves is kept."""
    row = CONTRACT[formula]
    if row.stepped:
        return tuple(MOVES.get(role, _kept) for role in ("weights", "gradient", "rates"))
    return tuple(_within(_kept if p.many else MOVES.get(p.role, _kept), p) for p in row.takes)


def _within(move: Move, parameter: Parameter) -> Move:
    """Keep a number in its domain; arrays keep to theirs by their roles."""
    low, high = parameter.domain
    if parameter.is_array or parameter.many:
        return move

    def kept(x: float, draw: np.random.Generator) -> float:
        moved = move(x, draw)
        return moved if low <= moved <= high else x

    return kept


# --- the climb ------------------------------------------------------------------------------------


def climb(case: Case, ulps: np.ndarray, ask: Ask, draw: np.random.Generator, tries: int) -> None:
    """Move from a point whose errors are known; `ask` keeps the record of what is met.

    Of many columns the better half goes on from where it is, and the other from there too.
    """
    height = worst_of(case, ulps)
    for _ in range(tries):
        if not np.all(np.isfinite(height)):
            return  # there is nothing worse
        each = zip(moves(case.formula), case.arguments, strict=True)
        tried = replace(case, arguments=tuple(move(a, draw) for move, a in each))
        if not stays_within(tried):
            continue
        found = worst_of(tried, ask(tried))
        better = found >= height
        case, height = _merged(better, tried, case), np.maximum(found, height)
        best = np.repeat(np.argsort(-height, kind="stable"), 2)[: height.size]
        case, height = pick(case, best), height[best]

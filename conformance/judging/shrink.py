"""The smallest input on which a contender still fails: what a person can work out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.domain import stays
from gradmark.conformance.judging.evidence import Evidence
from gradmark.harness.contract import CONTRACT

LONG = 64  # entries of an axis from which it is halved, not taken apart
ASKED = 300  # questions at most; a small one takes a fraction of a millisecond

Fails = Callable[[Case], Evidence | None]
Axes = list[tuple[int, int]]  # (argument, axis): these have one length in common


def shrink(evidence: Evidence, fails: Fails) -> Evidence:
    """Simplify a failing case for as long as it fails, greedily.

    `fails` puts a case to the contender and returns the evidence against it, if there is any.
    """
    asked = 0
    progress = True
    while progress:
        progress = False
        for candidate in islice(_simpler(evidence), ASKED - asked):
            asked += 1
            found = fails(candidate)
            if found is not None:
                evidence, progress = replace(found, shrunk=True), True
                break
    return evidence


def _simpler(evidence: Evidence) -> Iterator[Case]:
    """Yield cases that are simpler than this one, the boldest first."""
    case, formula = evidence.case, CONTRACT[evidence.case.formula]
    if formula.stepped:
        steps = evidence.entry // max(case.arguments[0].size, 1) + 1
        yield from _only_simpler(case, [_steps(case, slice(0, steps))])
    for axes in _shared(case):
        length = np.shape(case.arguments[axes[0][0]])[axes[0][1]]
        if length > LONG:
            # One by one would take long; and where size is what matters, few are not enough.
            yield from (_take(case, axes, list(range(n))) for n in _shorter(length))
        elif length > 1:
            yield from _only_simpler(case, (_take(case, axes, [i]) for i in range(length)))
    if formula.stepped:
        steps = len(case.arguments[1])
        without = ([j for j in range(steps) if j != i] for i in range(min(steps, 32)))
        yield from _only_simpler(case, (_steps(case, kept) for kept in without if kept))
    for axes in _shared(case):
        length = np.shape(case.arguments[axes[0][0]])[axes[0][1]]
        if 2 < length <= LONG:
            without = ([j for j in range(length) if j != i] for i in range(min(length, 32)))
            yield from _only_simpler(case, (_take(case, axes, kept) for kept in without))
    for at, value in enumerate(case.arguments):
        if formula.stepped and isinstance(value, list):  # a rate goes with its step
            continue
        plainer = _on_a_grid if "before a kink" in formula.roles else _plainer
        yield from _only_simpler(case, (_put(case, at, its) for its in _each(value, plainer)))


def _shorter(length: int) -> Iterator[int]:
    """Yield lengths ever nearer to this one, from half of it to one less."""
    less = length // 2
    while less:
        yield length - less
        less //= 2


def _shared(case: Case) -> list[Axes]:
    formula = CONTRACT[case.formula]
    if formula.stepped:
        return [[(0, axis), (1, axis + 1)] for axis in range(case.arguments[0].ndim)]
    named = [p.shape.split() for p in formula.takes]
    if formula.lengths:
        return [
            [(at, its.index(length)) for at, its in enumerate(named) if length in its]
            for length in formula.lengths
        ]
    alike = all(p.is_array and p.shape == "..." and not p.many for p in formula.takes)
    if not alike:
        return []
    shapes = {np.shape(argument) for argument in case.arguments}
    if len(shapes) > 1:
        return []
    together = range(len(case.arguments))
    return [[(at, axis) for at in together] for axis in range(len(shapes.pop()))]


def _take(case: Case, axes: Axes, kept: list[int]) -> Case:
    arguments = list(case.arguments)
    for at, axis in axes:
        arguments[at] = np.take(arguments[at], kept, axis=axis)
    return replace(case, arguments=tuple(arguments))


def _steps(case: Case, kept: slice | list[int]) -> Case:
    w, gradients, rates = case.arguments
    return replace(case, arguments=(w, gradients[kept], np.array(rates)[kept].tolist()))


def _each(value: Any, plainer: Callable[[np.ndarray], Iterator[np.ndarray]]) -> Iterator[Any]:
    """Yield plainer values of an array; of a list, shorter ones, and such with one plainer item."""
    if isinstance(value, np.ndarray):
        yield from plainer(value)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if len(value) > 1:
                yield [*value[:i], *value[i + 1 :]]
            yield from ([*value[:i], its, *value[i + 1 :]] for its in _each(item, plainer))


def _put(case: Case, at: int, value: Any) -> Case:
    arguments = list(case.arguments)
    arguments[at] = value
    return replace(case, arguments=tuple(arguments))


def _plainer(value: np.ndarray) -> Iterator[np.ndarray]:
    finite = np.where(np.isfinite(value), value, 0)
    yield np.zeros_like(value)
    yield np.where(np.isfinite(value), np.sign(finite), value).astype(value.dtype)
    for digits in (1, 2, 3):
        rounded = [float(f"{v:.{digits}g}") for v in value.ravel().tolist()]
        yield np.array(rounded, value.dtype).reshape(value.shape)


def _on_a_grid(value: np.ndarray) -> Iterator[np.ndarray]:
    # Sums of such numbers are exact: no unit comes to lie at its kink by rounding alone.
    for parts in (1, 2, 4):
        yield np.round(value * parts) / parts


def _only_simpler(case: Case, candidates: Iterable[Case]) -> Iterator[Case]:
    """Keep those that are simpler: fewer numbers, fewer that are not zero, or fewer digits."""
    for candidate in candidates:
        if _size(candidate) < _size(case) and stays(candidate, case):
            yield candidate


def _size(case: Case) -> tuple[int, int, int]:
    numbers = [v for argument in case.arguments for v in _numbers(argument)]
    return len(numbers), sum(v != 0 for v in numbers), sum(len(repr(v)) for v in numbers)


def _numbers(argument: Any) -> Iterator[float]:
    """Give the numbers of an argument, be it a list of arrays."""
    for item in argument if isinstance(argument, list) else [argument]:
        yield from np.ravel(item).tolist()

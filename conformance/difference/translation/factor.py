"""A loss, or its gradient, that is another times a factor: the learning rate makes up for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from gradmark.conformance.difference.translation.laws import Law, products
from gradmark.conformance.difference.translation.model import (
    SETTINGS,
    Model,
    Question,
    inputs,
    sizes,
)
from gradmark.conformance.equations.written import symbol
from gradmark.harness.contract import CONTRACT, Formula

CLOSE = 1e-9


def factor(one: Sequence[Model], other: Sequence[Model]) -> tuple[Law, float] | None:
    """Say how B's answers follow from A's, and what is left; None where it is not by a factor.

    Both sides come as several models, the form and the code: all of them have to bear it out.
    """
    row = CONTRACT[one[0].formula]
    asked = [Question(place, row=single) for single in (False, True) for place in range(SETTINGS)]
    ratios, atoms = list[float](), list[dict[str, float]]()
    for question in asked:
        found = [_ratio(a, b, question) for a, b in zip(one, other, strict=True)]
        if any(ratio is None for ratio in found):
            continue  # what takes no rows is asked no rows
        known = found[0]
        if known is None or not np.allclose(np.array(found, float), known, rtol=CLOSE, atol=0):
            return None
        usual = {**question.usual(row.name), **one[0].pinned}
        ratios.append(known)
        atoms.append(_atoms(row, {**usual, **sizes(row, inputs(row, question)[0])}))
    if len(ratios) < SETTINGS:
        return None
    told = (_constant(row, ratios, atoms, *its) for its in _products(atoms))
    return next((its for its in told if its is not None), None)


def _atoms(row: Formula, given: Mapping[str, float]) -> dict[str, float]:
    """List what may be a factor, as it is written."""
    named = {symbol(n) if n in row.parameters else n: v for n, v in given.items()}
    return {n: v for n, v in named.items() if v > 0}


def _ratio(a: Model, b: Model, question: Question) -> float | None:
    """Return what one answer is times the other; NaN where there is no such number."""
    one, other = a({}, question), b({}, question)
    if not (np.isfinite(one).all() and np.isfinite(other).all()) or one.shape != other.shape:
        return None
    at = int(np.argmax(np.abs(one)))
    if one[at] == 0:  # of one class alone there is nothing to lose
        return np.nan if other.any() else None
    ratio = float(other[at] / one[at])
    same = np.allclose(other, ratio * one, rtol=CLOSE, atol=CLOSE * abs(float(other[at])))
    return ratio if same else np.nan


def _products(atoms: Sequence[dict[str, float]]) -> list[tuple[str, list[tuple[str, float]]]]:
    shared = [name for name in atoms[0] if all(name in its for its in atoms)]
    return [its for its in products(shared) if all(abs(power) == 1 for _, power in its[1])]


def _constant(
    row: Formula, ratios: Sequence[float], atoms: Sequence[dict[str, float]], text: str,
    factors: Sequence[tuple[str, float]],
) -> tuple[Law, float] | None:  # fmt: skip
    """Spell a factor, if what is left beside some numbers is the same at every setting."""

    def made_of(its: Mapping[str, float]) -> float:
        return float(prod(its.get(n, np.nan) ** power for n, power in factors))

    made = np.array([made_of(its) for its in atoms])
    constants = np.array(ratios) / made
    if not np.allclose(constants, constants[0], rtol=CLOSE, atol=0):
        return None
    number = f"{constants[0]:.6g}".replace("-", "−")
    plain = text.strip()
    if abs(constants[0] - 1) < CLOSE and plain and not plain.startswith("/"):
        number = ""
    left = float(np.max(np.abs(constants / constants[0] - 1)))
    law = Law(
        " ".join(filter(None, (number, plain))),
        lambda given: float(constants[0]) * made_of(_atoms(row, given)),
    )
    return law, left

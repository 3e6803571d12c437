"""What becomes of updates smaller than the weights' dtype can show.

A weight that is rounded to nearest at each step never moves by updates below half a unit in its
last place. Who keeps weights in float32 beside it, or what rounding took, loses none of them; who
rounds at random loses none on average: up with the probability p that is the fraction, so that the
mean is exact (Gupta et al. 2015). No trajectory of the corpus tells these apart for certain: each
stays within the roundings of the others. Here every update is made small on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.unfold import evaluate
from gradmark.conformance.truth import Numbers
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL

# None next to a power of two, below which they lie closer.
WEIGHTS = np.array([0.625, -0.75, 1.25, -1.5, 1.75, -2.5, 3.0, -3.5])
STEPS = 48
SHARE = 0.3  # of the distance to the next weight: what one update is at most
MANY = 4096  # single steps, all from weights of their own
# A mean of N numbers in [0, 1] errs by more than √(ln(2/α) / 2N) with a probability below α
# (Hoeffding 1963): right code is called something else once in 10⁹ runs. Arithmetic in float32 adds
# less than the rest.
CHANCE = 1e-9
MOST_OFF = math.sqrt(math.log(2 / CHANCE) / (2 * MANY)) + 2.0**-10
NEVER_MOVED = (
    "Weights are rounded to nearest: an update of less than half a unit in their last place is lost"
    " (update-lost-below-ulp), as by a small rate, or late in training."
)
Poses = Callable[[Case], Case | None]
Answer = Callable[[Case], Any]


@dataclass(frozen=True)
class Kept:
    """A way not to lose small updates: its name as a variant, a sentence, and its source."""

    name: str
    says: str
    source: str


MASTER = Kept(
    "master-weights-in-float32",
    "No small update is lost: the weights, or what rounding takes from them, are kept in more"
    " digits beside those that are handed out, or these come back in float32.",
    "Micikevicius et al. 2018; torchdistx, AnyPrecisionAdamW (Kahan summation)",
)
AT_RANDOM = Kept(
    "stochastic-rounding",
    "Weights are rounded up or down at random, and right on average: each is one of the two next to"
    " the exact one, and the mean of many is exact.",
    "Gupta et al. 2015; torchao, _AdamW(bf16_stochastic_round=True)",
)


def keeps_small_updates(followed: Variant, dtype: str, answer: Answer, poses: Poses) -> bool | None:
    """Whether weights follow updates that are too small for one step; None if it cannot be said."""
    case = _small(followed, dtype, STEPS, poses)
    if case is None:
        return None
    start = flat(case.arguments[0])
    got = flat(answer(case))[-start.size :]
    exact = Numbers.of(evaluate(followed, case)).high[-start.size :]
    if np.array_equal(got, start):
        return False
    unit = _spacing(start, dtype)
    far = abs(exact - start) > 2 * unit
    return True if far.any() and bool(np.all(abs(got - exact) <= unit)) else None


def rounds_at_random(followed: Variant, dtype: str, answer: Answer, poses: Poses) -> bool:
    """Whether single steps go to one of the two weights next to the exact one, right on average."""
    case = _small(followed, dtype, 1, poses)
    if case is None:
        return False
    exact = np.resize(Numbers.of(evaluate(followed, case)).high, MANY)
    w, gradients, rates = case.arguments
    many = replace(case, arguments=(np.resize(w, MANY), np.resize(gradients[0], MANY)[None], rates))
    got, unit = flat(answer(many)), _spacing(exact, dtype)
    down = np.floor(exact / unit) * unit
    went, fraction = (got - down) / unit, (exact - down) / unit
    if not np.isin(went, (0.0, 1.0)).all():
        return False
    nearest = np.where(fraction > 0.5, 1.0, 0.0)
    off = went - fraction
    means = abs(np.mean(off)), abs(np.mean(off * (2 * fraction - 1)))
    return bool(np.any(went != nearest)) and max(means) <= MOST_OFF


def _small(followed: Variant, dtype: str, steps: int, poses: Poses) -> Case | None:
    """Make a case of which no update exceeds the share of what the smallest weight can show."""
    row = CONTRACT[followed.formula]
    if not row.elementwise:  # a norm of the whole would scale them
        return None
    w = WEIGHTS
    gradients = np.resize([1.0, -1.0, 1.0], w.size) * np.ones((steps, 1))
    rate = 2.0**-20
    case = Case(row.name, "small-updates", (w, gradients, [rate] * steps), row.settings(0), dtype)
    posed = poses(case.rounded_to(dtype))
    if posed is None:
        return None
    path = Numbers.of(evaluate(followed, posed)).high.reshape(steps, w.size)
    most = float(abs(np.diff(path, axis=0, prepend=[flat(posed.arguments[0])])).max())
    if not 0 < most < 1:
        return None
    wanted = SHARE * _spacing(WEIGHTS, dtype).min() * (1 if steps > 1 else 2)
    scaled = rate * wanted / most
    first, given, _ = posed.arguments
    return replace(posed, arguments=(first, given, [scaled] * steps))


def _spacing(x: np.ndarray, dtype: str) -> np.ndarray:
    """Give the distance from each number to the next of a dtype, away from zero."""
    _, exponent = np.frexp(x)
    found: np.ndarray = np.ldexp(DTYPES[dtype].epsilon, exponent - 1)
    return found


def told_of_small_updates(
    followed: Variant, dtype: str, answer: Answer, poses: Poses
) -> Kept | str:
    """Say what a permitted optimizer does with them: a convention, or a sentence, or nothing."""
    if dtype in USUAL or not CONTRACT[followed.formula].stepped:
        return ""
    keeps = keeps_small_updates(followed, dtype, answer, poses)
    return MASTER if keeps else NEVER_MOVED if keeps is False else ""

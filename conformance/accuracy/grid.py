"""Where to look: magnitudes in logarithmic steps, both signs, and what is special about a formula.

What is special: zeros, kinks, saturation, 0 and 1, nearly equal numbers that are subtracted. Points
lie at random within their steps, since powers of two would round too kindly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite

import numpy as np

from gradmark.conformance.cases import GRIDS, Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes, signed, unit
from gradmark.harness.contract import CONTRACT, Formula
from gradmark.harness.contract.dtypes import DTYPES, USUAL, largest, tiny


def grid(formula: str, dtype: str, draw: Draw, *, quick: bool = False) -> list[Case]:
    """List the points of a formula; elementwise ones have many in one case."""
    row, every = CONTRACT[formula], 4 if quick else 1
    if row.stepped:
        return [case.rounded_to(dtype) for case in _optimizer(row, dtype, draw, quick)]
    if row.takes_numbers and formula not in GRIDS:
        points = [*_schedule(row), *_anywhere(row, draw)][::every]
    elif row.elementwise and formula not in GRIDS:
        (role,) = row.array_roles
        entries = ENTRIES[role](dtype, draw)[::every]
        settings = [row.numbers(3), *(_numbers(row, dtype, at, draw) for at in (1, 2, 3))]
        points = [(entries, *its) for its in dict.fromkeys(settings)]
    else:
        where = GRIDS.get(formula) or ARGUMENTS[row.array_roles]
        arrays = [*where(dtype, draw)][::every]
        whole = len(arrays[0]) == len(row.takes)
        points = [
            its if whole else (*its, *_numbers(row, dtype, at, draw))
            for at, its in enumerate(arrays)
        ]
    return [Case(formula, "grid", arguments).rounded_to(dtype) for arguments in points]


def _numbers(row: Formula, dtype: str, at: int, draw: Draw) -> tuple[float, ...]:
    """Draw a function's numbers of any size; every fourth time, give them values of its row."""
    if at % 4 == 0 or dtype not in USUAL:
        return row.numbers(at // 4 if dtype in USUAL else at)
    domains = [p.domain for p in row.takes if not p.is_array]
    return tuple(
        float(draw.uniform(low, high) if isfinite(high) else low + 10 ** draw.uniform(-2, 2))
        for low, high in domains
    )


# --- entries --------------------------------------------------------------------------------------


def has_points(formula: str) -> bool:
    """Whether it follows from a formula's row, or is entered, where to look."""
    row = CONTRACT[formula]
    if row.stepped or row.takes_numbers or formula in GRIDS:
        return True
    return row.roles[0] in ENTRIES if row.elementwise else row.array_roles in ARGUMENTS


def _sigmoid(dtype: str, draw: Draw) -> np.ndarray:
    limits = DTYPES[dtype]
    # where 1 + e^−z rounds to 1, where e^z is no longer normal, where e^−z overflows
    special = np.log([limits.epsilon, limits.tiny, 1 / limits.largest])
    around = (special[:, None] + np.linspace(-2, 2, 9)).ravel()
    between = np.linspace(-40, 40, 160) + draw.uniform(0, 0.5, 160)
    return np.concatenate(
        [[0.0, -0.0], signed(around), between, signed(magnitudes(draw, 1e-20, 1e3, 60))]
    )


def _rectified(dtype: str, draw: Draw) -> np.ndarray:
    # Not to the ends: what is not normal may be flushed, and 2z is to be finite.
    low, high = 2 * tiny(dtype), largest(dtype) / 4
    return np.concatenate([[0.0, -0.0], signed(magnitudes(draw, low, high, 100))])


# By the role of the one array.
ENTRIES: Mapping[str, Callable[[str, Draw], np.ndarray]] = {
    "logit": _sigmoid,
    "probability": lambda dtype, draw: unit(dtype, draw, 100, 2 * tiny(dtype)),
    "data": _rectified,
}

# --- losses ---------------------------------------------------------------------------------------


def _squared(dtype: str, draw: Draw) -> Iterator[Arguments]:
    del dtype
    y = signed(magnitudes(draw, 1e-9, 1e9, 6))
    for distance in (0.0, -1.0, *signed(magnitudes(draw, 1e-7, 1e3, 2))):
        for one in y:
            yield np.array([one]), np.array([one * (1 + distance)])
    for scale in magnitudes(draw, 1e-6, 1e6, 12):
        yield draw.normal(size=7) * scale, draw.normal(size=7) * scale


def _binary(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for p in unit(dtype, draw, 12, 1e-18):
        for label in (0.0, 1.0, 0.3):
            yield np.array([label]), np.array([p])
    for _ in range(12):
        yield draw.integers(0, 2, 7).astype(float), draw.choice(unit(dtype, draw, 20, 1e-9), 7)


def _of_labelled_logits(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for z in draw.permutation(_sigmoid(dtype, draw))[:40]:
        for label in (0.0, 1.0, 0.3):
            yield np.array([label]), np.array([z])
    for _ in range(12):
        yield draw.integers(0, 2, 7).astype(float), draw.normal(scale=4, size=7)


def _of_margins(dtype: str, draw: Draw) -> Iterator[Arguments]:
    del dtype
    for z in (0.0, *signed(magnitudes(draw, 1e-6, 1e3, 12)), *(1 + magnitudes(draw, 1e-6, 1, 6))):
        for label in (-1.0, 1.0):
            yield np.array([label]), np.array([label * z])
    for _ in range(12):
        yield draw.choice([-1.0, 1.0], 7), draw.normal(scale=2, size=7)


def _of_rows(dtype: str, draw: Draw) -> Iterator[Arguments]:
    del dtype
    for distance in (0.0, *signed(magnitudes(draw, 1e-6, 1e3, 16))):
        yield (np.array([[distance, 0.0, -0.5]]),)
    for _ in range(24):
        yield (draw.normal(scale=3, size=(4, 3)),)


def _of_log_probabilities(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for y, p in _categorical(dtype, draw):
        if np.all(p > 0):
            yield y, np.log(p)


def _categorical(dtype: str, draw: Draw) -> Iterator[Arguments]:
    for p in unit(dtype, draw, 24, 1e-18):
        row = np.array([[p, (1 - p) / 4, (1 - p) * 3 / 4]])
        yield np.array([[1.0, 0.0, 0.0]]), row
    for _ in range(20):
        soft, hard = draw.dirichlet(np.ones(3), 4), np.eye(3)[draw.integers(0, 3, 4)]
        yield (hard, soft) if draw.uniform() < 0.5 else (soft, draw.dirichlet(np.ones(3), 4))


# --- network --------------------------------------------------------------------------------------


def _network(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Logits of every size on both sides of both labels, then small networks."""
    del dtype
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    for z in (0.0, *signed(magnitudes(draw, 1e-6, 1e3, 8))):
        for label in (0.0, 1.0):
            yield one, label * one, one, zero, z * one, zero
    for scale in magnitudes(draw, 1e-3, 64, 10):
        for k in (1, 2):
            # Multiples of 1/64: a pre-activation is exactly at its kink, or far from it.
            X, W1, b1 = (
                np.round(draw.normal(size=shape) * 64) / 64 for shape in ((3, 2), (2, 3), (1, 3))
            )
            y = draw.integers(0, 2, (3, k)).astype(float)
            yield X, y, W1, b1, draw.normal(size=(3, k)) * scale, draw.normal(size=(1, k)) * scale


# By the roles of the arrays; `cases` may know better where to look.
_NETWORK = ("before a kink", "label", "before a kink", "before a kink", "data", "data")
ARGUMENTS: Mapping[tuple[str, ...], Callable[[str, Draw], Iterator[Arguments]]] = {
    ("target", "data"): _squared,
    ("label", "probability"): _binary,
    ("label", "logit"): _of_labelled_logits,
    ("signed label", "data"): _of_margins,
    ("row logit",): _of_rows,
    ("class label", "class log probability"): _of_log_probabilities,
    ("class label", "class probability"): _categorical,
    _NETWORK: _network,
}

# --- schedules: every epoch to the last, and the setting ------------------------------------------


def _schedule(row: Formula) -> Iterator[Arguments]:
    for place in range(max(len(parameter.values) for parameter in row.takes)):
        last, *setting = (parameter.value(place) for parameter in row.takes)
        yield from ((epoch, *setting) for epoch in range(_first(row), int(last) + 1))


def _first(row: Formula) -> int:
    """Return the first epoch of a schedule's domain."""
    return int(row.takes[0].domain[0])


SETTINGS, LONGEST = 12, 3000

# By role: what a setting may be, over all decades that are in use.
WITHIN: Mapping[str, Callable[[Draw], float]] = {
    "rate": lambda draw: float(10 ** draw.uniform(-7, 2)),
    "factor": lambda draw: float(draw.uniform(0.01, 0.95)),
    "count": lambda draw: int(10 ** draw.uniform(0, np.log10(LONGEST))),
    "growth": lambda draw: int(draw.integers(1, 4)),
    "exponent": lambda draw: float(draw.uniform(0.5, 3)),
    "share": lambda draw: float(draw.uniform(0.05, 0.95)),
    "divisor": lambda draw: float(10 ** draw.uniform(0, 5)),
}


def _anywhere(row: Formula, draw: Draw) -> Iterator[Arguments]:
    """Draw settings of every size, each with some epochs: at its boundaries, and between them."""
    for _ in range(SETTINGS):
        ends = sorted(draw.choice(np.arange(1, LONGEST), len(row.takes), replace=False).tolist())
        setting: list[float] = []
        for parameter in row.takes[1:]:
            if parameter.role == "phase end":
                setting.append(ends.pop(0))
            elif parameter.role in WITHIN:
                setting.append(WITHIN[parameter.role](draw))
            else:
                return
        lengths = [value for value in setting if isinstance(value, int)] or [100]
        last = lengths[-1]
        among = {last - 1, last, 2 * last, int(draw.integers(0, 2 * last + 1))}
        for epoch in sorted(epoch for epoch in among if epoch >= _first(row)):
            yield (epoch, *setting)


# --- optimizers -----------------------------------------------------------------------------------

STEPS = 4

# By role: one value anywhere in its domain, where arithmetic in the dtype still tells 1 − β from 0.
FAR: Mapping[str, Callable[[Draw], float]] = {
    "momentum": lambda draw: 1 - float(10 ** draw.uniform(-3, 0)),
    "decay": lambda draw: 1 - float(10 ** draw.uniform(-3, 0)),
    "epsilon": lambda draw: float(10 ** draw.uniform(-10, -1)),
    "weight decay": lambda draw: float(10 ** draw.uniform(-5, -1)),
    "factor": lambda draw: float(10 ** draw.uniform(-4, 0)),
    "exponent": lambda draw: float(draw.uniform(0.5, 1)),
    "count": lambda draw: int(draw.integers(1, 7)),
    "bound": lambda draw: 1 + float(10 ** draw.uniform(-3, 0)),
}


def _optimizer(row: Formula, dtype: str, draw: Draw, quick: bool) -> Iterator[Case]:
    """Short trajectories of weights that start at zero, near the step's size, and far above it."""
    count = 6 if quick else 18
    # Squares are to stay within the dtype, and gradients above what may be flushed.
    low, high = max(1e-12, 2 * tiny(dtype)), min(1e6, largest(dtype) ** (1 / row.degree) / 4)
    steady = [0.1, 0.1, 0.1, 0.03]
    settings = [(row.settings(0), steady), (row.settings(3), steady)]  # usual, and of many digits
    if dtype in USUAL:
        settings.append(({p.name: FAR[p.role](draw) for p in row.hyperparameters}, _rates(draw)))
    for hyper, rates in settings:
        signs = np.where(draw.uniform(size=(STEPS, count)) < 0.5, -1.0, 1.0)
        size = magnitudes(draw, low, high, count) * draw.uniform(0.5, 2, size=(STEPS, count))
        w = draw.normal(size=count) * np.resize([0.0, 0.1, 30.0], count)
        yield Case(row.name, "grid", (w, signs * size, rates), hyper).folded()


def _rates(draw: Draw) -> list[float]:
    """Draw a rate for each step, over all decades in use: warm-ups begin low."""
    return [WITHIN["rate"](draw) for _ in range(STEPS)]

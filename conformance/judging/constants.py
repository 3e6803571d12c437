"""A form's constant, found from the answers: the ε of a guard, a weight decay, a floor.

One entry of one answer that the constant moves is solved for it, in plain floats. What comes out
is an interval, as wide as the dtype lets the constant vary without moving that entry: the shortest
decimal in it is what somebody has typed, and failing that a machine epsilon, or its middle. It is
only a guess. Whether it is right is for 50 digits to say, on every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.floats import in_floats
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL, roundoff, tiny

Made = Callable[[float], Variant]  # a form by its constant

PER_DECADE = 2  # points at which a form is tried before its constant is solved for
FEW = 5  # points at which it is tried before that: most forms are far off at any
SECANTS = 60
NEAR = 1e-3  # as logarithms go: how far apart a slope is taken
STEPS = 9  # of halving the way to a limit's edge
LOOSE = 1e-4  # of a number, which no loss of precision moves it by
ENTRIES = 16  # entries that are solved, each of another case
TRIED = 4  # constants that are held against all answers
TYPED = 3  # digits that somebody types
ENOUGH = 3  # cases that have to depend on a constant before it is believed
SLACK = 16.0  # roundoffs that an answer may be off by, which its constant then is uncertain by
LONG = 200  # numbers of a question that is not looked at: a short one tells as much


@dataclass(frozen=True)
class Constant:
    """A constant that an answer asks for, and the interval that it cannot be told apart in."""

    value: float
    low: float
    high: float
    limit: bool = False  # of what is replaced: all constants within come to the same answers

    @property
    def digits(self) -> int:
        """The digits that it takes to write it; none where it is a machine epsilon."""
        if self.value in {dtype.epsilon for dtype in DTYPES.values()}:
            return TYPED
        return len(f"{Decimal(repr(self.value)).normalize():e}".split("e")[0].replace(".", ""))

    @property
    def uncertain(self) -> bool:
        """Whether another constant of three digits is as good."""
        return self.high - self.low > 1e-3 * self.value


def constants(
    made: Made,
    low: float,
    high: float,
    asked: Sequence[Case],
    given: Sequence[np.ndarray],
    order: list[int],
) -> Iterator[Constant]:
    """Yield the constants that answers ask for, what somebody may have typed first.

    Parameters
    ----------
    made : callable
        The form, by its constant.
    low, high : float
        Where to look.
    asked, given : sequences
        The cases, and the numbers of their answers.
    order : list of int
        The places of the cases in the order in which they are tried first. What refutes this form
        comes to its front: it is likely to refute the next one.
    """
    answered = enumerate(zip(asked, given, strict=True))
    short = {at: its for at, its in answered if len(its[1]) and _size(its[0]) <= LONG}
    if _told(_forms(made, np.geomspace(low, high, FEW)), short, order, coarse=True) is None:
        return
    count = max(int(np.log10(high / low) * PER_DECADE), 4) + 1
    grid = np.geomspace(low, high, count)
    told = _told(_forms(made, grid), short, order)
    if told is None:
        return
    shown = [(*its, told[at]) for at, its in short.items()]
    narrow = asked[0].dtype not in USUAL
    # Of many answers at once, each tells by itself on which side of a limit it is.
    forms = _forms(made, grid)
    many = [its for its in zip(asked, given, strict=True) if _is_large(its[0])]
    large = [(case, got, _of_each(forms, case, got)) for case, got in many]
    depend = sum(_depends(told, got, case).any() for case, got, told in shown)
    depend += sum(_depends(told, got, case).sum() for case, got, told in large)
    if depend < (1 if narrow else ENOUGH):
        return
    brackets = [b for case, got, told in shown if (b := _bracket(case, got, told)) is not None]
    found: dict[float, Constant] = {}
    for bracket in sorted(brackets, key=lambda b: -b.strength)[:ENTRIES]:
        interval = _solved(made, grid, bracket)
        for value in _typed(*interval, bracket.case.dtype):
            found.setdefault(value, Constant(value, *interval))
    for limit in _limits(made, grid, [*shown, *large]):
        found.setdefault(limit.value, limit)
    if narrow and not found:
        found = {one.value: one for one in _decades(made, low, high, asked, given)}
    yield from sorted(found.values(), key=lambda one: one.digits)[:TRIED]


# --- in plain floats ------------------------------------------------------------------------------


def _unit(case: Case) -> float:
    return roundoff(CONTRACT[case.formula].computed_in(case.dtype))


def _size(case: Case) -> int:
    return sum(len(flat(a)) for a in case.arguments)


def _possible(told: np.ndarray, case: Case, got: np.ndarray, *, coarse: bool) -> np.ndarray:
    """Say between which neighbours of the grid a constant may be, for all that an answer shows."""
    with np.errstate(all="ignore"):
        one, other = told[:-1], told[1:]
        known = np.isfinite(one) & np.isfinite(other) & np.isfinite(got)
        least, most = np.minimum(one, other), np.maximum(one, other)
        # What cancels leaves roundings of the largest number that took part, be it a 1.
        largest = np.where(np.isfinite(told), abs(told), 0).max(initial=1)
        room = LOOSE * (np.maximum(abs(least), abs(most)) + abs(got))
        room += SLACK * _unit(case) * largest
        # Between two points of a grid it may go further: on a coarse one as far as any entry does.
        reach = most - least
        room += np.where(known, reach, 0).max(axis=1, keepdims=True, initial=0) if coarse else reach
        outside = known & ((got < least - room) | (got > most + room))
    inside = np.pad(~outside.any(axis=1), 1)
    return np.asarray(inside[:-2] | inside[1:-1] | inside[2:])


def _forms(made: Made, grid: np.ndarray) -> list[Variant]:
    return [made(float(constant)) for constant in grid]


def _told(
    forms: Sequence[Variant],
    short: Mapping[int, tuple[Case, np.ndarray]],
    order: list[int],
    *,
    coarse: bool = False,
) -> dict[int, np.ndarray] | None:
    """Evaluate a form with each constant in every case; None where no constant is left."""
    told = {}
    possible = np.ones(len(forms) - 1, bool)
    for at in filter(short.__contains__, order):
        case, got = short[at]
        told[at] = _of_each(forms, case, got)
        possible &= _possible(told[at], case, got, coarse=coarse)
        if not possible.any():
            order.remove(at)
            order.insert(0, at)
            return None
    return told


def _of_each(forms: Sequence[Variant], case: Case, got: np.ndarray) -> np.ndarray:
    """Evaluate a form with each constant: NaN where it does not come to numbers."""
    told = np.full((len(forms), len(got)), np.nan)
    for at, form in enumerate(forms):
        found = in_floats(form, case)
        if len(found) == len(got):
            told[at] = found
    return told


def _is_large(case: Case) -> bool:
    return case.large and not CONTRACT[case.formula].stepped


def _depends(told: np.ndarray, got: np.ndarray, case: Case) -> np.ndarray:
    """Say which numbers of an answer would show another constant, next to the best one."""
    with np.errstate(all="ignore"):
        off = np.where(np.isfinite(told), abs(told - got), np.inf).sum(axis=1)
        best = int(np.argmin(off))
        allowed = SLACK * _unit(case) * np.maximum(abs(got), abs(told[best])) + tiny(case.dtype)
        moved = [told[at] - told[best] for at in (best - 1, best + 1) if 0 <= at < len(told)]
        shown: np.ndarray = np.any([abs(m) > allowed for m in moved], axis=0)
        return shown


@dataclass(frozen=True)
class _Bracket:
    case: Case
    entry: int
    got: float
    below: int  # the point of the grid under the constant
    strength: float  # how far the entry moves there, in what it may be off by


def _bracket(case: Case, got: np.ndarray, told: np.ndarray) -> _Bracket | None:
    """Find the entry that tells most of a constant, and between which points of the grid."""
    with np.errstate(all="ignore"):
        off = told - got
        allowed = SLACK * _unit(case) * abs(got) + tiny(case.dtype)
        both = np.isfinite(off[:-1]) & np.isfinite(off[1:])
        # Where many constants are right, as below a floor that is not met, none is told.
        met = (abs(off) <= allowed).sum(axis=0) <= 1
        crossing = both & met & (off[:-1] * off[1:] <= 0)
        strength = np.where(crossing, abs(off[1:] - off[:-1]) / allowed, 0)
        at = np.unravel_index(int(np.argmax(strength)), strength.shape)
    if not strength[at] > SLACK:
        return None
    return _Bracket(case, int(at[1]), float(got[at[1]]), int(at[0]), float(strength[at]))


def _limits(
    made: Made, grid: np.ndarray, shown: Sequence[tuple[Case, np.ndarray, np.ndarray]]
) -> Iterator[Constant]:
    """Tell a constant that nothing solves for: a limit, beyond which answers are something else.

    All between two of the numbers that were asked about are as good; of those what people type.
    The two may be nearer than points of the grid: about the best of these, typed ones are tried.
    """
    given = [_as_given(case, told, got) for case, got, told in shown]
    right = np.array([its.all(axis=1) for its in given])
    many = np.sum([its.sum(axis=1) for its in given], axis=0)
    ends = np.flatnonzero(many == many.max())
    if ends[0] == 0 or ends[-1] == len(grid) - 1:
        return  # one that lies outside may be as good
    refuting_first = np.argsort(right[:, ends[0]], kind="stable")
    asked = [shown[at][:2] for at in refuting_first]
    below, above = float(grid[ends[0] - 1]), float(grid[ends[-1] + 1])
    tried = grid[ends] if right[:, ends[0]].all() else _decimals(below, above)
    fits = [one for one in tried if _is_as_given(made, one, asked)]
    if not fits:
        return
    low, high = _edge(made, fits[0], below, asked), _edge(made, fits[-1], above, asked)
    powers = [one for one in _decimals(low, high, digits=1) if f"{one:e}".startswith("1.0")]
    powers.sort(key=lambda one: abs(np.log(one * one / (low * high))))
    alike = low < high and _are_alike(made, low, high, asked)
    for value in (*powers, *_typed(low, high, shown[0][0].dtype)):
        yield Constant(value, low, high, limit=alike)


def _decades(
    made: Made, low: float, high: float, asked: Sequence[Case], given: Sequence[np.ndarray]
) -> Iterator[Constant]:
    """Tell the powers of ten that a narrow dtype's answers leave possible: it shows no more."""
    for value in _decimals(low, high, digits=1):
        if f"{value:e}".startswith("1.0") and all(
            _is_near(_of_each([made(value)], case, got)[0], case, got)
            for case, got in zip(asked, given, strict=True)
            if _size(case) <= LONG
        ):
            yield Constant(value, value / 3, value * 3)


def _is_near(told: np.ndarray, case: Case, got: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        near = abs(told - got) <= SLACK * _unit(case) * np.maximum(abs(got), 1)
    return bool((near | (told == got) | (np.isnan(told) & np.isnan(got))).all())


def _are_alike(
    made: Made, low: float, high: float, asked: Sequence[tuple[Case, np.ndarray]]
) -> bool:
    """Say whether two constants come to the same answers, and not only to answers as near."""
    ends = _forms(made, np.array([low, high]))
    told = (_of_each(ends, case, got) for case, got in asked)
    return all(np.array_equal(one, other, equal_nan=True) for one, other in told)


def _decimals(low: float, high: float, digits: int = 2) -> list[float]:
    """List what may be typed between two numbers, with so many digits."""
    first, last = (int(np.floor(np.log10(one))) for one in (low, high))
    shortest = 10 ** (digits - 1)
    every = (
        float(f"{mantissa}e{power + 1 - digits}")
        for power in range(first, last + 1)
        for mantissa in range(shortest, 10 * shortest)
    )
    return [one for one in every if low <= one <= high]


def _as_given(case: Case, told: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Say of each row which of its numbers were given as an answer, but for what cancels."""
    with np.errstate(all="ignore"):
        room = LOOSE * abs(got) + SLACK * _unit(case)
        same = abs(told - got) <= room
    return np.asarray(same | (np.isnan(told) & np.isnan(got)))


def _edge(
    made: Made, right: float, wrong: float, asked: Sequence[tuple[Case, np.ndarray]]
) -> float:
    """Return the last constant that is right, on the way to one that is wrong."""
    for _ in range(STEPS):
        middle = float(np.sqrt(right * wrong))
        fits = _is_as_given(made, middle, asked)
        right, wrong = (middle, wrong) if fits else (right, middle)
    return float(right)


def _is_as_given(made: Made, constant: float, asked: Sequence[tuple[Case, np.ndarray]]) -> bool:
    form = _forms(made, np.array([constant]))
    return all(_as_given(case, _of_each(form, case, got), got).all() for case, got in asked)


def _solved(made: Made, grid: np.ndarray, bracket: _Bracket) -> tuple[float, float]:
    """Solve for a constant by the Illinois rule, and say between what it is not known."""
    case, at = bracket.case, bracket.entry
    least, most = grid[bracket.below : bracket.below + 2]

    def constant(x: float) -> float:
        return float(least * np.exp(x))

    def off(x: float) -> float:
        found = in_floats(made(constant(x)), case)
        return float(found[at]) - bracket.got if at < len(found) else float("nan")

    allowed = SLACK * _unit(case) * abs(bracket.got) + tiny(case.dtype)
    old, new = 0.0, float(np.log(most / least))
    off_old, off_new = off(old), off(new)
    slope, centre = abs(off_new - off_old) / (new - old), new
    for _ in range(SECANTS):
        centre = new - off_new * (new - old) / (off_new - off_old)
        value = off(centre)
        if not abs(value) > allowed / 4:
            break
        if np.sign(value) == np.sign(off_new):
            off_old /= 2  # or the far end would stay
        else:
            old, off_old = new, off_new
        new, off_new = centre, value
    near = abs(off(centre + NEAR) - off(centre - NEAR)) / (2 * NEAR)
    slope = near if near > 0 else slope
    width = min(allowed / slope, 0.5) if slope > 0 else 0.5
    return constant(centre - width), constant(centre + width)


# --- what somebody typed --------------------------------------------------------------------------


def _typed(low: float, high: float, dtype: str) -> Iterator[float]:
    """Yield the numbers of an interval that somebody may have typed, and then its middle."""
    centre = float(np.sqrt(low * high))
    for digits in range(1, 7):
        value = float(f"{centre:.{digits - 1}e}")
        if low <= value <= high:
            yield value
            break
        if abs(value - centre) <= roundoff(dtype):  # alike as 1 − ε is stored
            yield value
    for name in ("float64", "float32", dtype):
        if low <= DTYPES[name].epsilon <= high:
            yield DTYPES[name].epsilon
    yield centre

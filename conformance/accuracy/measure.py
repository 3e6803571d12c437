"""One contender's formula in one dtype: the errors on a grid, and the worst case a climb finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np

from gradmark.conformance.accuracy.climb import climb, columns, pick, worst_of
from gradmark.conformance.accuracy.errors import Errors, errors
from gradmark.conformance.accuracy.grid import grid
from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.losing import spellings
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.kept import kept, points_met, truth_at
from gradmark.conformance.judging.precisions import in_other_precisions
from gradmark.conformance.judging.within import stays_within, within
from gradmark.conformance.truth import Exact, Numbers
from gradmark.conformance.truth.number import forming_one_plus
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.host import ContenderFailure

Answer = Callable[[Case], Any]

# How many of the worst points to climb from, how many columns of each, and for how many tries.
STARTS, COLUMNS, TRIES = 3, 12, 8
# The climb looks for what exceeds the bound on purpose: so many times it, and the formula is
# computed worse than it might be, but not another formula.
SLIGHT = 64.0


@dataclass(frozen=True)
class Accuracy:
    """How far a formula errs, in ULPs.

    `p99` is of the grid alone; `worst` of all points met, and `bound` is what is allowed there.
    """

    worst: float
    p99: float
    bound: float
    points: int
    at: str


@dataclass(frozen=True)
class Miss:
    """The point at which an answer is furthest from what is allowed.

    `explained` says whether worse arithmetic could be all there is to it: an error that is small,
    if not small enough, or one that a narrower dtype inside explains.
    """

    evidence: Evidence
    excess: float
    ulp: float
    explained: bool


class Meter:
    """Asks, compares, and remembers the worst."""

    def __init__(self, variant: Variant, answer: Answer) -> None:
        self._variant = variant
        self._answer = answer
        self.worst = -1.0
        self.bound = np.inf
        self.at = ""
        self.points = 0
        self.miss: Miss | None = None

    def __call__(self, *asked: Case) -> list[np.ndarray]:
        """Return for each case the error of each entry of its answer; of none that comes, infinity.

        All are asked, one after another, and then compared at once.
        """
        if not asked:
            return []
        expected = [truth_at(self._variant, case) for case in asked]
        answers = [self._asked(*which) for which in zip(asked, expected, strict=True)]
        got, failures = zip(*answers, strict=True)
        found = errors(Numbers.joined(expected), np.concatenate(got), asked[0])
        ends = np.cumsum([0, *map(len, expected)])
        parts = [Errors(*(row[a:b] for row in found)) for a, b in pairwise(ends.tolist())]
        for its in zip(asked, expected, got, parts, failures, strict=True):
            self._remember(*its)
        return [part.ulps for part in parts]

    def _asked(self, case: Case, expected: Numbers) -> tuple[np.ndarray, str]:
        try:
            got = flat(self._answer(case))
        except ContenderFailure as raised:
            return np.full(len(expected), np.nan), f": {raised.reason}"
        if len(got) != len(expected):  # or it would be compared with another case's truth
            raise ValueError(f"expected {len(expected)} numbers, got {len(got)}")
        return got, ""

    def _remember(
        self, case: Case, expected: Numbers, got: np.ndarray, found: Errors, failure: str
    ) -> None:
        ulps, bounds, excess, explained = found
        refuted = (excess > SLIGHT) & ~explained
        for other, asked in _in_worse_arithmetic(self._variant, case) if refuted.any() else ():
            again = errors(truth_at(other, asked), got, case)
            explained = explained | again.explained | (again.excess <= 1)
        if not failure:
            self._miss(case, expected, got, excess, explained | (excess <= SLIGHT), ulps)
        self.points += len(ulps)
        if not len(ulps):  # an empty array has nothing to err in
            return
        # Of equal errors the one that is allowed the least is the worst.
        at = int(np.lexsort((bounds, -ulps))[0])
        if (ulps[at], -bounds[at]) > (self.worst, -self.bound):
            self.worst, self.bound = float(ulps[at]), float(bounds[at])
            self.at = where(case, at) + failure

    def _miss(
        self,
        case: Case,
        expected: Numbers,
        got: np.ndarray,
        excess: np.ndarray,
        explained: np.ndarray,
        ulps: np.ndarray,
    ) -> None:
        """Keep what refutes the form before what is only inaccurate, and of these the worst."""
        for at in np.lexsort((-excess, explained))[:1]:
            before = self.miss
            worse = before is None or (not explained[at], excess[at]) > (
                not before.explained,
                before.excess,
            )
            if excess[at] > 1 and worse:
                evidence = _alone(case, int(at), float(expected.high[at]), float(got[at]))
                self.miss = Miss(evidence, float(excess[at]), float(ulps[at]), bool(explained[at]))


def _in_worse_arithmetic(variant: Variant, case: Case) -> Iterator[tuple[Variant, Case]]:
    """Yield what code computes that keeps its constants, or its input, in another precision.

    So does code that spells the form otherwise, in a way that is known to lose digits.
    """
    for other in in_other_precisions(variant, case.dtype):
        yield other, case
    if "probability" in CONTRACT[variant.formula].roles:
        formed = _forming_the_complement(variant.body, case.dtype)
        yield replace(variant, body=formed, name=f"{variant.name}, where 1 − p is formed"), case
    for says, body in spellings(variant):
        yield replace(variant, body=body, name=f"{variant.name}, where {says}"), case
    narrower = DTYPES[case.dtype].narrower
    if narrower != case.dtype:
        with np.errstate(over="ignore"):  # what exceeds float32 is its infinity
            yield variant, case.rounded_to(narrower).rounded_to(case.dtype)


def _forming_the_complement(body: Body, dtype: str) -> Body:
    @wraps(body)
    def formed(*arguments: Exact, **options: str) -> Exact:
        with forming_one_plus(dtype):
            return body(*arguments, **options)

    return formed


def measure(
    variant: Variant,
    dtype: str,
    answer: Answer,
    *,
    seed: int = 0,
    quick: bool = False,
    poses: Callable[[Case], Case | None] = lambda case: case,
) -> tuple[Accuracy, Miss | None]:
    """Measure a contender against the form of a formula that it was judged to follow.

    Returns what was measured, and where the answers leave what is allowed, if they do.

    Raises
    ------
    NotAskedError
        Nothing of it can be asked.

    The grid comes first, then the corpus that it was judged by, then the climb.
    """
    # Each formula and dtype has a stream of its own: which others are asked changes nothing.
    draw = np.random.default_rng([seed, crc32(f"{variant.formula} {dtype}".encode())])
    meter = Meter(variant, answer)
    points = [
        posed
        for case in grid(variant.formula, dtype, draw, quick=quick)
        if (posed := poses(case)) is not None and stays_within(posed)
    ]
    if not points:
        raise NotAskedError("no point of the grid can be asked")
    found = list(zip(points, meter(*points), strict=True))
    p99 = np.quantile(np.concatenate([ulps for _, ulps in found]), 0.99, method="inverted_cdf")
    # What 1100 steps gather says little about one of them.
    corpus = [case for case in within(variant.formula, dtype) if case.id != "long-run"]
    meter(*(posed for case in corpus if (posed := poses(case)) is not None))
    found.sort(key=lambda point: -float(point[1].max()))  # stable: the first of equals leads
    for case, ulps in found[:STARTS]:
        worst = np.argsort(-worst_of(case, ulps), kind="stable")[:COLUMNS]
        start = pick(case, worst)
        heights = ulps.reshape(-1, columns(case))[:, worst].ravel() if columns(case) > 1 else ulps
        with suppress(NotAskedError):  # the search ends where it comes to what cannot be asked
            climb(start, heights, lambda case: meter(case)[0], draw, TRIES // 4 if quick else TRIES)
    kept(variant.formula, dtype).keep()
    points_met(variant.formula, dtype).keep()
    return Accuracy(meter.worst, float(p99), meter.bound, meter.points, meter.at), meter.miss


def _alone(case: Case, entry: int, expected: float, got: float) -> Evidence:
    """Show one column of many: where a point of the search fails, it fails by itself."""
    if case.id != "grid" or columns(case) == 1:
        return Evidence(case, entry, expected, got)
    step, column = divmod(entry, columns(case))
    return Evidence(pick(case, np.array([column])), step, expected, got)


def where(case: Case, entry: int) -> str:
    """Spell a point so that it can be asked again: of many columns, the one that it is about."""
    if case.id != "grid":
        return Evidence(case, entry, np.nan, 0.0).where  # no value is told
    column = entry % columns(case)
    arguments = pick(case, np.array([column])).arguments
    if columns(case) > 1:
        arguments = tuple(a[..., 0] if isinstance(a, np.ndarray) else a for a in arguments)
    if not CONTRACT[case.formula].stepped:
        names = CONTRACT[case.formula].parameters
        return ", ".join(f"{n} = {_spell(a)}" for n, a in zip(names, arguments, strict=True))
    w, gradients, rates = arguments
    step = entry // columns(case) + 1
    hyper = "".join(f", {name} = {value}" for name, value in case.hyper.items())
    return (
        f"w = {_spell(w)}, grad = {_spell(gradients[:step])}, lr = {rates[:step]}{hyper}: "
        f"step {step}"
    )


def _spell(value: Any) -> str:
    if isinstance(value, list) or np.ndim(value):
        return "[" + ", ".join(_spell(part) for part in value) + "]"
    return str(value)  # the shortest digits that its dtype reads back

"""How well one form explains a contender's answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.tolerances import CANCELLATION, REFUTED, TRUTH
from gradmark.conformance.judging.unfold import Unfolding, truth
from gradmark.conformance.truth import Number, mp
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, WIDEST, roundoff, tiny


class Entry(NamedTuple):
    """One number of an answer beside the truth."""

    excess: float  # the error over what is allowed: up to 1 it is followed
    explained: bool  # whether worse arithmetic (float32, cancellation) could be all there is to it
    ulp: float

    @property
    def refutes(self) -> bool:
        """Whether this number alone tells the form from the answer, once and for all."""
        return self.excess > REFUTED and not self.explained


@dataclass(frozen=True)
class Fit:
    """How well one form explains all answers.

    `excess` is the worst error over what is allowed: up to 1 the form is followed. `explained`
    says whether worse arithmetic (float32, cancellation) could still be all there is to it;
    `misses` is the share of cases with an error that is not allowed, among those with any error.
    """

    variant: Variant
    excess: float
    explained: bool
    ulp: float
    misses: float
    first_miss: Evidence | None
    worst_miss: Evidence | None

    @property
    def level(self) -> int:
        """0: followed; 1: followed in worse arithmetic; 2: something else."""
        return 0 if self.excess <= 1 else 1 if self.explained else 2


def fit(variant: Variant, asked: Sequence[Case], answers: Sequence[np.ndarray]) -> Fit:
    """Compare one form with all answers; one that is not canonical is dropped once refuted."""
    excess = ulp = 0.0
    explained, compared, missed = True, 0, 0
    first = worst = None
    for case, got in zip(asked, answers, strict=True):
        entries: list[Entry] = []
        for part in compare(variant, case, got):
            entries += part
            if variant.name != "canonical" and any(entry.refutes for entry in part):
                break
        if not entries:
            continue
        compared += any(entry.ulp for entry in entries)
        at = max(range(len(entries)), key=lambda i: entries[i].excess)
        ulp = max(ulp, *(entry.ulp for entry in entries))
        explained = explained and all(entry.explained for entry in entries)
        if entries[at].excess > 1:
            missed += 1
            expected = truth(variant, case)
            if entries[at].excess > excess:
                worst = Evidence(case, at, expected[at], float(got[at]))
            if first is None:
                at = next(i for i, entry in enumerate(entries) if entry.excess > 1)
                first = Evidence(case, at, expected[at], float(got[at]))
        excess = max(excess, *(entry.excess for entry in entries))
        if excess > REFUTED and not explained and variant.name != "canonical":
            break
    return Fit(variant, excess, explained, ulp, missed / max(compared, 1), first, worst)


def flat(answer: Any) -> np.ndarray:
    """Lay out the numbers of an answer, of all its arrays in order."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    return np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts])


def compare(variant: Variant, case: Case, got: np.ndarray) -> Iterator[list[Entry]]:
    """Compare a form with an answer to a case of the corpus, part by part.

    Where an optimizer errs in a narrow dtype beyond its bound, hyperparameters rounded to it may
    explain that: 1 − β₂ᵗ formed in float32 has lost three digits before the first step.
    """
    strict = _entries_by_part(truth(variant, case), got, case)
    if case.dtype == WIDEST or not CONTRACT[case.formula].stepped:
        yield from strict
        return
    rough: Iterator[list[Entry]] | None = None
    for at, part in enumerate(strict):
        if rough is None and any(entry.excess > 1 for entry in part):
            rough = _entries_by_part(truth(variant, case, rough=True), got, case, after=at)
        if rough is None:
            yield part
            continue
        yield [
            entry._replace(explained=entry.explained or loose.excess <= 1)
            for entry, loose in zip(part, next(rough), strict=True)
        ]


def _entries_by_part(
    expected: Unfolding, got: np.ndarray, case: Case, after: int = 0
) -> Iterator[list[Entry]]:
    start = 0
    for at, part in enumerate(expected.parts()):
        if at >= after:
            yield list(entries(part, got[start : start + len(part)], case))
        start += len(part)


def entries(expected: Iterable[Number], got: np.ndarray, case: Case) -> Iterator[Entry]:
    """Compare numbers of an answer with the truth, one by one."""
    formula, dtype = CONTRACT[case.formula], case.dtype
    u, floor, factor = roundoff(dtype), tiny(dtype), TRUTH[formula.kind].factor
    narrower = DTYPES[DTYPES[dtype].narrower]
    single = narrower.roundoff
    cancels = CANCELLATION.factor * formula.natural
    largest = DTYPES[dtype].largest
    for want, value in zip(expected, got.tolist(), strict=True):
        target = float(want.value)
        if abs(target) > largest:
            target = np.copysign(np.inf, target)
        if not (np.isfinite(target) and np.isfinite(value)):
            same = target == value or (np.isnan(target) and np.isnan(value))
            yield Entry(0.0, True, 0.0) if same else Entry(np.inf, False, np.inf)
            continue
        error = abs(float(mp.mpf(value) - want.value))
        excess = error / (factor * u * want.error + floor)
        flushed = max(abs(target), abs(value)) <= floor
        # A single-precision answer has single precision's cancellation, and its underflow.
        with np.errstate(over="ignore"):  # what exceeds float32 is no number of it
            narrow = float(narrower.make().type(value)) == value
        worse = max(single * factor * want.error, (single if narrow else u) * cancels)
        if narrow and narrower.name != dtype:  # even where the formula rounds nothing, float32 does
            worse = max(worse, single * abs(target))
        worse += narrower.tiny
        spacing = float(np.spacing(np.asarray(max(want.scale, floor), dtype)))
        yield Entry(excess, error <= worse, 0.0 if flushed else error / spacing)

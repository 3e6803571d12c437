"""Numbers of an answer beside the truth: how far off each is, and what could explain it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.judging.tolerances import CANCELLATION, REFUTED, TRUTH
from gradmark.conformance.truth import ANYTHING, Number, Numbers
from gradmark.conformance.truth.numbers import distance
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, largest, roundoff, tiny


@dataclass(frozen=True)
class Entries:
    """Numbers of an answer beside the truth, as arrays.

    `excess` is the error over what is allowed: up to 1 it is followed. `explained` says whether
    worse arithmetic (float32, cancellation) could be all there is to it. `ulp` is the error in
    units of the last place.
    """

    excess: np.ndarray
    explained: np.ndarray
    ulp: np.ndarray

    def __len__(self) -> int:
        return len(self.excess)

    def __getitem__(self, at: slice) -> Entries:
        return Entries(self.excess[at], self.explained[at], self.ulp[at])

    @classmethod
    def joined(cls, parts: Sequence[Entries]) -> Entries:
        """Put several arrays one behind another."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.excess for part in parts]),
            np.concatenate([part.explained for part in parts]),
            np.concatenate([part.ulp for part in parts]),
        )

    @property
    def refuting(self) -> np.ndarray:
        """Which of them tell the form from the answer alone, once and for all."""
        alone: np.ndarray = (self.excess > REFUTED) & ~self.explained
        return alone


def entries(expected: Numbers | Iterable[Number], got: np.ndarray, case: Case) -> Entries:
    """Compare numbers of an answer with the truth, entry by entry.

    excess = |got − truth| / max(factor · u · error + tiny, |truth − the nearest of the dtype|)

    Parameters
    ----------
    expected : Numbers, or exact numbers
        The truth, with its error bounds.
    got : array of float64, one number for each
        The answer, in the dtype of the case.
    case : Case
        What was asked: its formula and its dtype decide what is allowed.
    """
    true = expected if isinstance(expected, Numbers) else Numbers.of(expected)
    if len(true) != len(got):
        raise ValueError(f"expected an answer of {len(true)} numbers, got {len(got)}")
    dtype = CONTRACT[case.formula].computed_in(case.dtype)
    u, floor, tolerance = roundoff(dtype), tiny(dtype), TRUTH[CONTRACT[case.formula].kind]
    # What exceeds the dtype is an infinity of it, and infinities and NaN have no distance.
    with np.errstate(all="ignore"):
        target = np.where(
            abs(true.high) > largest(dtype), np.copysign(np.inf, true.high), true.high
        )
        error = distance(got, true)
        # Next to the largest number a bound may overflow: what it allowed would be anything.
        bound = np.where(np.isfinite(true.error), true.error, abs(true.high))
        # What no operation rounds is rounded as it becomes a number of the dtype: a rate of 0.3.
        rounded = abs(target - target.astype(dtype))
        rounded = np.where(np.isfinite(rounded), rounded, 0)
        excess = error / np.maximum(tolerance.within(dtype) * u * bound + floor, rounded)
        explained = error <= _worse(case, true, got, tolerance.factor)
        spacing = np.spacing(np.maximum(true.scale, floor).astype(dtype)).astype(float)
        # No arithmetic errs so much for its numbers: those near the dtype's largest err by as much.
        most = np.maximum(ANYTHING, 1e100 * abs(true.high))
        unasked = (np.isfinite(true.error) & (true.error >= most)) | true.undefined
        flushed = np.maximum(abs(target), abs(got)) <= floor
        ulp = np.where(flushed | unasked, 0.0, error / spacing)
    finite = np.isfinite(target) & np.isfinite(got)
    if finite.all():
        return Entries(excess, explained, ulp)
    same = unasked | (target == got) | (np.isnan(target) & np.isnan(got))
    beyond = np.where(same, 0.0, np.inf)
    return Entries(
        np.where(finite, excess, beyond),
        np.where(finite, explained, same),
        np.where(finite, ulp, beyond),
    )


def _worse(case: Case, true: Numbers, got: np.ndarray, factor: float) -> np.ndarray:
    """Return the error that worse arithmetic explains: a narrower dtype inside, and cancellation.

    A single-precision answer has single precision's cancellation, and its underflow.
    """
    dtype = CONTRACT[case.formula].computed_in(case.dtype)
    narrower = DTYPES[DTYPES[dtype].narrower]
    u, single = roundoff(dtype), narrower.roundoff
    cancels = CANCELLATION.within(dtype) * CONTRACT[case.formula].natural
    narrow = got.astype(narrower.make()) == got
    bound = np.where(np.isfinite(true.error), true.error, abs(true.high))
    worse = np.maximum(single * factor * bound, np.where(narrow, single, u) * cancels)
    if narrower.name != dtype:  # even where the formula rounds nothing, float32 does
        worse = np.where(narrow, np.maximum(worse, single * abs(true.high)), worse)
    allowed: np.ndarray = worse + narrower.tiny
    return allowed

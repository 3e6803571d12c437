"""Forms beside all answers, each compared as far as it takes to refute it.

What is kept of the truth is compared at once, of all forms. What is not is evaluated part by part,
and no part is evaluated after one that refutes the form.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging.diagnosis import Recomputed, spelled_otherwise
from gradmark.conformance.judging.entries import Entries, entries
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.tolerances import REFUTED, refuted
from gradmark.conformance.judging.unfold import Unfolding
from gradmark.conformance.truth import Numbers
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL, WIDEST


class Comparison:
    """One form and the answers to all cases; `found` has the entries of the answers in order.

    A form that is not canonical is left at the end of the part that refutes it, or of the case
    after which it is too far off with no arithmetic to explain it: `found` ends there. To large
    cases, which come last, only those forms are followed that may still be the verdict.

    Where an optimizer errs in a narrow dtype beyond its bound, hyperparameters rounded to that
    dtype may explain it: 1 − β₂ᵗ formed in float32 has lost three digits before the first step.
    """

    def __init__(
        self, variant: Variant, asked: Sequence[Case], starts: np.ndarray, got: np.ndarray
    ) -> None:
        self.variant = variant
        self._asked = asked
        self._stops = variant.name != "canonical"
        self._truths: dict[int, Unfolding] = {}  # of the cases that were come to
        self._starts, self._got = starts, got
        self.found = Entries(np.empty(0), np.empty(0, bool), np.empty(0))
        self._may_be_rough = CONTRACT[variant.formula].stepped and any(
            case.dtype != WIDEST for case in asked
        )

    def course(self) -> Generator[Numbers, Entries, None]:
        """Ask for numbers to be compared, until the form is refuted, or all is compared."""
        at, ahead = 0, 1  # the first case that is not done, and how many may be taken at once
        large = next((n for n, case in enumerate(self._asked) if case.large), len(self._asked))
        undefined = []
        while at < len(self._asked):
            if at == large and self._settled():
                return
            true, at = self._next(at, min(ahead, large - at) if at < large else ahead)
            self._add((yield true))
            undefined.append(true.undefined)
            refuted = self._refuted() if self._stops else None
            if refuted is not None:
                self.found = self.found[:refuted]
                return
            ahead = len(self._asked)
        self._hold_guards_to_all(np.flatnonzero(np.concatenate([np.empty(0, bool), *undefined])))
        self._all_explained()

    def due(self, count: int) -> np.ndarray:
        """Return the next numbers of the answers."""
        return self._got[len(self.found) : len(self.found) + count]

    def _hold_guards_to_all(self, undefined: np.ndarray) -> None:
        """Excuse what is guarded where the form is 0 / 0 only if all of that is guarded."""
        guarded = np.isfinite(self._got[undefined])
        if not guarded.all():
            its = undefined[guarded]
            self.found.excess[its], self.found.explained[its] = np.inf, False

    def _all_explained(self) -> bool:
        """Whether worse arithmetic explains all that was compared.

        Some spellings lose digits that no bound allows for: code that may be spelled so is
        recomputed.
        """
        unexplained = np.flatnonzero(~self.found.explained)
        if unexplained.size:
            ways = spelled_otherwise(self.variant)
            self.found.explained[:] |= any(self._is_explained(way, unexplained) for way in ways)
        return bool(self.found.explained.all())

    def _is_explained(self, again: Recomputed, unexplained: np.ndarray) -> bool:
        for number in dict.fromkeys(self._cases_of(unexplained)):
            case, start = self._asked[number], self._starts[number]
            its = unexplained[(unexplained >= start) & (unexplained < self._starts[number + 1])]
            true = Numbers.of(again(case))[its - start]
            if (entries(true, self._got[its], case).excess > 1).any():
                return False
        return True

    def _settled(self) -> bool:
        """Whether size could change nothing: the form is refuted, or is a mistake and followed.

        A mistake that worse arithmetic has to explain is asked on: what is allowed for that is
        wide, and may hold what is another thing altogether. So it is with every one in low
        precision, where size shows what a state has lost.
        """
        followed = not (self.found.excess > 1).any()
        if followed:
            dtype = self._asked[0].dtype
            return dtype in USUAL and self.variant.kind(dtype) == "mistake"
        return not self._all_explained()

    @property
    def got(self) -> np.ndarray:
        """The answers that have been compared."""
        return self._got[: len(self.found)]

    def evidence(self, entry: int) -> Evidence:
        """Show one entry of the answers."""
        number = self._case_of(entry)
        at = entry - int(self._starts[number])
        expected = float(self._truth(number).known.high[at])
        return Evidence(self._asked[number], at, expected, float(self._got[entry]))

    def _truth(self, number: int) -> Unfolding:
        """Return the truth about one case: most forms are refuted before most cases."""
        if number not in self._truths:
            self._truths[number] = truth(self.variant, self._asked[number])
        return self._truths[number]

    def _case_of(self, entry: int) -> int:
        """Say which case an entry belongs to, by number."""
        return self._cases_of(np.array([entry]))[0]

    def _cases_of(self, numbers: np.ndarray) -> list[int]:
        # The last case that starts there: empty ones start where the next does.
        which: list[int] = (np.searchsorted(self._starts, numbers, side="right") - 1).tolist()
        return which

    def _next(self, at: int, ahead: int) -> tuple[Numbers, int]:
        """Give what is known of the next cases, or know more of the first, and say what is next.

        Only the last of the cases that are taken may be known in part.
        """
        done = len(self.found) - int(self._starts[at])
        if len(self._truth(at).known) == done:
            self._truth(at).grow()
        known: list[Numbers] = []
        for number in range(at, min(at + ahead, len(self._asked))):
            its = self._truth(number)
            size = int(self._starts[number + 1] - self._starts[number])
            if not its.whole and len(its.known) == size:
                its.all()  # there is nothing more, and that is to be known, too
            count = len(its.known)
            known.append(its.known[done:] if not known else its.known)
            if count > size or (its.whole and count < size):
                told = f"expected {count} numbers, got {size}"
                raise ValueError(f"{self.variant.name}, case {self._asked[number].id}: {told}")
            if count < size:
                break
            at = number + 1
        return Numbers.joined(known), at

    def _add(self, new: Entries) -> None:
        start = len(self.found)
        self.found = Entries.joined([self.found, new])
        if self._may_be_rough:
            self._explain(start)

    def _explain(self, start: int) -> None:
        """Look whether rounded hyperparameters explain what is not, up to what refutes the form."""
        unexplained = start + np.flatnonzero(~self.found.explained[start:])
        for number in dict.fromkeys(self._cases_of(unexplained)):
            first, last = self._starts[number], self._starts[number + 1]
            its = unexplained[(unexplained >= first) & (unexplained < last)]
            if self._explain_case(number, its):
                return

    def _explain_case(self, number: int, unexplained: np.ndarray) -> bool:
        """Do so for entries of one case; tell whether one refutes the form all the same."""
        case, start, done = self._asked[number], int(self._starts[number]), 0
        rough = truth(self.variant, case, rough=True)
        places = unexplained - start
        while True:
            now = places[(places >= done) & (places < len(rough.known))]
            got = self._got[start + now]
            loose = entries(rough.known[now], got, case).excess <= 1
            self.found.explained[start + now] |= loose
            if (self.found.excess[start + now] > REFUTED)[~loose].any() and self._stops:
                return True
            done = len(rough.known)
            if places[-1] < done:
                return False
            rough.grow()

    def _refuted(self) -> int | None:
        """Return how many entries it took to refute the form, of those that were compared."""
        far = self.found.excess > refuted(self._asked[0].dtype)
        unexplained = ~self.found.explained
        if not far.any() or not unexplained.any():
            return None
        ends = []
        # Both have been seen by the end of a case that is compared.
        number = self._case_of(max(int(np.argmax(far)), int(np.argmax(unexplained))))
        if self._starts[number + 1] <= len(self.found):
            ends.append(int(self._starts[number + 1]))
        alone = np.flatnonzero(far & unexplained)
        if alone.size:
            first = int(alone[0])
            number = self._case_of(first)
            start, parts = int(self._starts[number]), self._truth(number).ends
            ends.append(start + parts[bisect_right(parts, first - start)])
        return min(ends, default=None)


def compare(
    forms: Iterable[Variant], asked: Sequence[Case], answers: Sequence[np.ndarray]
) -> list[Comparison]:
    """Compare forms with all answers, side by side: most are refuted by the first case."""
    starts = np.cumsum([0, *map(len, answers)])
    got = np.concatenate([np.empty(0), *answers])
    every = [Comparison(form, asked, starts, got) for form in forms]
    courses = [one.course() for one in every]
    turns = [
        (one, course, true)
        for one, course in zip(every, courses, strict=True)
        if (true := next(course, None)) is not None
    ]
    while turns:
        true = Numbers.joined([its for *_, its in turns])
        due = np.concatenate([one.due(len(its)) for one, _, its in turns])
        found, end = entries(true, due, asked[0]), 0
        going = []
        for one, course, its in turns:
            start, end = end, end + len(its)
            with suppress(StopIteration):
                going.append((one, course, course.send(found[start:end])))
        turns = going
    return every

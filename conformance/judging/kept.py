"""The truth about the corpus, evaluated once: kept in the process, and in a file for the next."""

from __future__ import annotations

import atexit
import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Literal

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging import store
from gradmark.conformance.judging.provenance import provenance
from gradmark.conformance.judging.unfold import Unfolding, evaluate, unfold
from gradmark.conformance.truth import Numbers

MOST = 1 << 15  # numbers at points off the corpus: 1 MB
MOST_POSED = 1 << 17  # numbers of cases that were changed: 4 MB
MUCH = 8  # one part in so many of what is known already
Apart = Literal["", "composed", "posed"]  # what has a file of its own
NOTHING = store.Known(Numbers.of([]), [], whole=False)


class Kept:
    """What is known of all forms of one formula on its cases in one dtype.

    Composed forms, of which there are many, have a file of their own: it is read when no form
    alone explains an answer. So have cases that were changed for what a contender cannot be asked:
    the next one, too, may have 1e-8 written into it.
    """

    def __init__(self, formula: str, dtype: str, apart: Apart = "") -> None:
        self._name = "-".join(filter(None, (apart, formula, dtype)))
        self._most = MOST_POSED if apart == "posed" else None
        self._make = provenance(formula, dtype)
        self._place = store.folder()
        places = (store.SHIPPED, self._place) if self._place else (store.SHIPPED,)
        self._known = store.read(places, self._name, self._make)
        self._cases = {case.id: case for case in cases(formula, dtype)}
        self._unfoldings: dict[store.Key, Unfolding] = {}

    def holds(self, case: Case) -> bool:
        """Whether a case is one of the corpus, not another of its name."""
        return self._cases.get(case.id) is case

    def unfolding(self, variant: Variant, case: Case, *, rough: bool) -> Unfolding:
        """Return what one form answers to a case: to one of the corpus by its name."""
        key = variant.key, case.id if self.holds(case) else _digest(case), rough
        found = self._unfoldings.get(key)
        if found is None:
            known = self._known.get(key, NOTHING)
            evaluate = partial(unfold, variant, case, rough=rough)
            found = Unfolding(evaluate, known.known, known.ends, whole=known.whole)
            self._unfoldings[key] = found
        return found

    def keep(self, *, late: bool = False) -> None:
        """Write what was evaluated since to the user's cache: at once if it is much, or it is late.

        A whole file is written each time, which would cost more than a few numbers are worth.
        """
        grown = {key: one for key, one in self._unfoldings.items() if one.grown}
        if self._place is None or not grown:
            return
        much = sum(map(_size, grown.values())) * MUCH > sum(map(_size, self._known.values()))
        if not (much or late):
            return
        for one in grown.values():
            one.grown = False
        every = self._every()
        store.write(self._place, self._name, self._make, every, most=self._most)
        if self._most is not None:  # whoever judges many contenders asks ever other questions
            self._known, self._unfoldings = store.latest(every, self._most), {}

    def write(self, place: Path) -> Path:
        """Write all that is known to a folder, in little space; return the file."""
        return store.write(place, self._name, self._make, self._every(), packed=True)

    def _every(self) -> dict[store.Key, store.Known]:
        for key, one in self._unfoldings.items():
            if one.ends or one.whole:
                self._known[key] = store.Known(one.known, one.ends, one.whole)
        return self._known


def _size(one: Unfolding | store.Known) -> int:
    return len(one.known)


def _digest(case: Case) -> str:
    return hashlib.sha256(case.canonical_bytes()).hexdigest()[:20]


@cache
def kept(formula: str, dtype: str, apart: Apart = "") -> Kept:
    """Return what is known of a formula's forms; it is read once in a process."""
    its = Kept(formula, dtype, apart)
    atexit.register(its.keep, late=True)
    return its


class Points:
    """The truth at points off the corpus: a search from the same seed meets the same ones again."""

    def __init__(self, formula: str, dtype: str) -> None:
        self._name, self._make = f"points-{formula}-{dtype}", provenance(formula, dtype)
        self._place = store.folder()
        places = (self._place,) if self._place else ()
        self._known = store.read(places, self._name, self._make)
        self._met: dict[store.Key, store.Known] = {}
        self._news = False

    def at(self, variant: Variant, case: Case) -> Numbers:
        """Return what one form answers to a case, by what the case asks."""
        key = variant.key, _digest(case), False  # its constants may be kept in another dtype
        if key not in self._met:
            known = self._known.get(key)
            if known is None:
                numbers = Numbers.of(evaluate(variant, case))
                known, self._news = store.Known(numbers, [len(numbers)], whole=True), True
            self._met[key] = known
        return self._met[key].known

    def keep(self) -> None:
        """Write the points that were met to the user's cache, the latest of them last."""
        if self._news and self._place is not None:
            store.write(self._place, self._name, self._make, self._met, most=MOST)
            self._news = False


@cache
def points_met(formula: str, dtype: str) -> Points:
    """Return the points of a formula at which the truth is known."""
    return Points(formula, dtype)


def truth(variant: Variant, case: Case, *, rough: bool = False) -> Unfolding:
    """Return what one form answers to a case, as far as it is kept.

    `rough` takes the hyperparameters for data: rounded to the dtype, and computed with in it.
    """
    alone = type(variant) is Variant and not variant.stored
    apart: list[Apart] = [] if alone else ["composed"]
    its = kept(variant.formula, case.dtype, *apart)
    if not its.holds(case):
        its = kept(variant.formula, case.dtype, "posed")
    return its.unfolding(variant, case, rough=rough)


def truth_at(variant: Variant, case: Case) -> Numbers:
    """Return all that one form answers to any case: the corpus is kept, and so is what was met."""
    if kept(variant.formula, case.dtype).holds(case):
        return truth(variant, case).all()
    return points_met(variant.formula, case.dtype).at(variant, case)

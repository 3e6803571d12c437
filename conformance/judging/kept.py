"""The truth about the corpus, evaluated once: kept in the process, and in a file for the next."""

from __future__ import annotations

import atexit
from functools import cache, partial

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.judging import store
from gradmark.conformance.judging.provenance import provenance
from gradmark.conformance.judging.unfold import Unfolding, unfold
from gradmark.conformance.truth import Numbers

MUCH = 8  # one part in so many of what is known already
NOTHING = store.Known(Numbers.of([]), [], whole=False)


class Kept:
    """What is known of all forms of one formula on its cases in one dtype."""

    def __init__(self, formula: str, dtype: str) -> None:
        self._name, self._make = f"{formula}-{dtype}", provenance(formula, dtype)
        self._place = store.folder()
        places = (store.SHIPPED, self._place) if self._place else (store.SHIPPED,)
        self._known = store.read(places, self._name, self._make)
        self._cases = {case.id: case for case in cases(formula, dtype)}
        self._unfoldings: dict[store.Key, Unfolding] = {}

    def holds(self, case: Case) -> bool:
        """Whether a case is one of the corpus, not another of its name."""
        return self._cases.get(case.id) is case

    def unfolding(self, variant: Variant, case: Case, *, rough: bool) -> Unfolding:
        """Return what one form answers to a case of the corpus."""
        key = variant.name, case.id, rough
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
        much = sum(map(_size, grown.values())) * MUCH > sum(map(_size, self._known.values()))
        if self._place is None or not grown or not (much or late):
            return
        for key, one in grown.items():
            self._known[key] = store.Known(one.known, one.ends, one.whole)
            one.grown = False
        store.write(self._place, self._name, self._make, self._known)


def _size(one: Unfolding | store.Known) -> int:
    return len(one.known)


@cache
def kept(formula: str, dtype: str) -> Kept:
    """Return what is known of a formula's forms; it is read once in a process."""
    its = Kept(formula, dtype)
    atexit.register(its.keep, late=True)
    return its


def truth(variant: Variant, case: Case, *, rough: bool = False) -> Unfolding:
    """Return what one form answers to a case: to one of the corpus, as far as it is kept.

    `rough` takes the hyperparameters for data: rounded to the dtype, and computed with in it.
    """
    its = kept(variant.formula, case.dtype)
    if its.holds(case):
        return its.unfolding(variant, case, rough=rough)
    return Unfolding(partial(unfold, variant, case, rough=rough))

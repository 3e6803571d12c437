"""One question of the corpus in another guise, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, needs, needs_any
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.conduct import ARGUMENT_CHANGED, Conduct
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.judge import Answer
from gradmark.conformance.judging.kept import truth, truth_at
from gradmark.conformance.judging.precisions import in_other_precisions
from gradmark.conformance.judging.within import within
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import ContenderFault, ContenderImpure


@dataclass(frozen=True)
class Question:
    """A case that has the same answer as one of the corpus.

    Parameters
    ----------
    needs : str
        The capability that it takes, by `CAPABILITIES`: right code may lack it, and then raises.
    says : str
        In which guise it comes, for a message: "z in Fortran order".
    base, case : Case
        The plain question, and how it is asked here.
    conduct : Conduct
        What is wrong with code that answers this one otherwise.
    """

    needs: str
    says: str
    base: Case
    case: Case
    conduct: Conduct


@dataclass(frozen=True)
class Deviation:
    """What is wrong: the conduct, in words, and the entry that shows it, where one does."""

    conduct: Conduct
    detail: str
    evidence: Evidence | None = None


class RefusedError(Exception):
    """The contender raised: it lacks what the question needs."""


def tried(question: Question, followed: Variant, answer: Answer) -> Deviation | None:
    """Put a question to a contender; return what is wrong with the answer.

    What is allowed is what was allowed in the corpus, and what worse arithmetic explains: a matrix
    may be summed in another order, and some libraries compute with integers in float32.

    Raises
    ------
    RefusedError
        It raised.
    """
    conduct = question.conduct
    try:
        answered = answer(question.case)
        got = flat(answered)
    except NotAskedError as reason:
        raise RefusedError from reason
    except ContenderImpure as impure:
        changed = " and ".join(impure.arguments)
        said = f"{ARGUMENT_CHANGED.says} Changed: {changed}, with {question.says}."
        return Deviation(ARGUMENT_CHANGED, said)
    except ContenderFault as fault:
        # What is no array of the right shape is an answer, and wrong: but a list may be anything,
        # the slope with respect to an integer has a type of its own in some libraries, and a mean
        # over one axis of a table leaves several numbers of more.
        if fault.traceback or question.needs in ("lists", "integers", "any shape"):
            raise RefusedError from fault
        told = f"In case {question.base.id}, with {question.says}: {fault.reason}."
        return Deviation(conduct, f"{conduct.says} {told}")
    expected = truth(followed, question.base).all()
    found = entries(expected, got, question.base)
    off = (found.excess > 1) & ~found.explained
    # Whole numbers are computed with in float64, whatever the dtype of the other arguments.
    for other in in_other_precisions(followed, question.base.dtype) if off.any() else ():
        again = entries(truth_at(other, question.base), got, question.base)
        off &= (again.excess > 1) & ~again.explained
    wrong = np.flatnonzero(off)
    if not wrong.size:
        return None
    if question.case is not question.base and _alike(answer(question.base), got):
        return None  # it is no guise that makes the difference
    keeps_type = question.needs == "integers" and CONTRACT[question.base.formula].stepped
    if keeps_type and np.asarray(answered).dtype.kind in "iu":
        raise RefusedError  # as JAX and Optax do, whose weights keep the type that they begin with
    at = int(wrong[0])
    evidence = Evidence(question.case, at, float(expected.high[at]), float(got[at]))
    return Deviation(conduct, f"{conduct.says} With {question.says}, in {evidence}.", evidence)


def _alike(answered: Any, got: np.ndarray) -> bool:
    return np.array_equal(flat(answered), got, equal_nan=True)


def plain(formula: str, dtype: str, refused: Collection[str] = ()) -> Iterator[Case]:
    """Yield the cases of a formula that are neither odd nor large, but for what is refused."""
    for case in within(formula, dtype):
        if not needs(case) and not case.large and not needs_any(case, refused):
            yield case


def named(formula: str) -> Sequence[str]:
    """Name the arrays and numbers that a case of a formula has, in their order."""
    row = CONTRACT[formula]
    return ("w", "grad", "lr") if row.stepped else row.parameters

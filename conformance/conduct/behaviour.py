"""Everything that is looked at beside numbers, for one formula of one contender."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gradmark.conformance.catalogue import Variant
from gradmark.conformance.conduct.axes import axes
from gradmark.conformance.conduct.finite import non_finite
from gradmark.conformance.conduct.layouts import layouts
from gradmark.conformance.conduct.objects import checks
from gradmark.conformance.conduct.question import Deviation, Question, RefusedError, tried
from gradmark.conformance.conduct.types import types
from gradmark.conformance.judging.judge import Answer
from gradmark.harness.host import Contender


@dataclass(frozen=True)
class Behaviour:
    """What a contender lacks, what is wrong with how it behaves, and what it does with NaN."""

    lacks: tuple[str, ...]
    deviation: Deviation | None
    non_finite: str


def behaviour(
    followed: Variant,
    dtype: str,
    answer: Answer,
    contender: Contender,
    refused: Collection[str] = (),
) -> Behaviour:
    """Look how code behaves that computes a form of a formula, up to the first thing wrong.

    Parameters
    ----------
    followed : Variant
        The form that it was judged to follow: what it answers in other guises is held against that.
    dtype : str
        In which it is asked.
    answer : callable
        Puts a case to the contender.
    contender : Contender
        Whose objects are made and copied.
    refused : collection of str
        The capabilities that it is known to lack: what needs one is not asked.

    Raises
    ------
    ContenderCrash, ContenderTimeout
        From any question: these are no refusals.
    """
    lacks: dict[str, None] = {}
    for needed, deviation in _found(followed, dtype, answer, contender, refused):
        if deviation is not None:
            return Behaviour(tuple(lacks), deviation, "")
        lacks[needed] = None
    return Behaviour(tuple(lacks), None, non_finite(followed.formula, dtype, answer))


def _found(
    followed: Variant,
    dtype: str,
    answer: Answer,
    contender: Contender,
    refused: Collection[str],
) -> Iterator[tuple[str, Deviation | None]]:
    """Yield what is wrong, and each capability that something needed in vain."""
    for question in _questions(followed, dtype, refused):
        try:
            deviation = tried(question, followed, answer)
        except RefusedError:
            yield question.needs, None
        else:
            if deviation is not None:
                yield question.needs, deviation
    for needed, check in checks(followed.formula, dtype):
        try:
            deviation = check(contender, followed, dtype)
        except RefusedError:
            yield needed, None
        else:
            if deviation is not None:
                yield needed, deviation


def _questions(followed: Variant, dtype: str, refused: Collection[str]) -> Iterator[Question]:
    yield from layouts(followed.formula, dtype, refused)
    yield from types(followed.formula, dtype, followed, refused)
    yield from axes(followed.formula, dtype, followed, refused)

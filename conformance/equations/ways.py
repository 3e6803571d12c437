"""What decides by its numbers, written down: run once for each way that its questions may go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from gradmark.conformance.equations.term import Condition, Term, again, negated, term
from gradmark.conformance.equations.values import same

Told = TypeVar("Told")
MOST = 16  # ways that a person still follows
RELATIONS = {"<": "<", "≤": "<=", ">": ">", "≥": ">=", "≠": "<>"}
SWAPPED = {"<": ">", "=": "=", ">": "<"}


class Way:
    """One way through a body: the answers to its first questions are given, further ones are yes.

    What follows from earlier answers is no question: where a > b, b is less than a.
    """

    def __init__(self, given: Sequence[bool] = ()) -> None:
        self.given = given
        self.asked: list[Condition] = []
        self._possible: dict[tuple[int, int], set[str]] = {}

    def answer(self, condition: Condition) -> bool:
        """Answer a question."""
        one, other = (its.key for its in condition.of)
        if (other, one) in self._possible:
            left = {SWAPPED[sign] for sign in self._possible[other, one]}
        else:
            left = self._possible.get((one, other), set("<=>"))
        meant = set(RELATIONS[condition.head])
        if not left & meant or left <= meant:
            return bool(left & meant)
        at = len(self.asked)
        if at > MOST:
            raise TypeError("it may never have done with asking")
        self.asked.append(condition)
        yes = self.given[at] if at < len(self.given) else True
        self._possible.pop((other, one), None)
        self._possible[one, other] = left & meant if yes else left - meant
        return yes


class Straight(Way):
    """The way of one who is asked for what it comes to, and not how: yes, whatever is asked."""

    def answer(self, _condition: Condition) -> bool:
        """Answer a question."""
        return True


def every_way(run: Callable[[], Told], joined: Callable[[Condition, Told, Told], Told]) -> Told:
    """Run a body every way, and join what comes of them, two at a time.

    Raises
    ------
    TypeError
        There are too many ways.
    """
    left = iter(range(MOST))

    def onwards(given: Sequence[bool]) -> Told:
        if next(left, None) is None:
            raise TypeError("more ways than a person follows")
        way = Way(given)
        with going(way):
            told = run()
        for at in reversed(range(len(given), len(way.asked))):
            other = onwards([*given, *[True] * (at - len(given)), False])
            told = joined(way.asked[at], told, other)
        return told

    return onwards(())


@contextmanager
def going(way: Way) -> Iterator[None]:
    """Let a way answer what is asked."""
    Condition.ways.append(way)
    try:
        yield
    finally:
        Condition.ways.pop()


def decided(function: Callable[..., Any], *values: Any) -> Term:
    """Apply a function of single numbers, whichever way it decides."""
    return every_way(lambda: term(function(*values)), either)


def either(condition: Term, yes: Term, no: Term) -> Term:
    """Write what is one thing or another, the decision as far inside as it goes."""
    if yes.key == no.key:
        return yes
    if yes.head == no.head and len(yes.of) == len(no.of):
        apart = [at for at, its in enumerate(yes.of) if its.key != no.of[at].key]
        if len(apart) == 1:
            inner = either(condition, yes.of[apart[0]], no.of[apart[0]])
            return _with(yes, apart[0], inner)
    if same(yes, no):
        return min(yes, no, key=lambda its: len(repr(its)))
    beside = _beside(condition, yes, no)
    return _cases(condition, yes, no) if beside is None else beside


NEUTRAL = {"+": "0", "*": "1"}


def _beside(condition: Term, yes: Term, no: Term) -> Term | None:
    """Decide on one term or factor alone, where the other way goes without it."""
    for longer, shorter in ((yes, no), (no, yes)):
        if longer.head == "neg" and shorter.head == "0":
            pair = longer.of[0], shorter
            return negated(either(condition, *(pair if longer is yes else pair[::-1])))
        keys = [its.key for its in longer.of]
        if longer.head in NEUTRAL and shorter.key in keys:
            at = 1 - keys.index(shorter.key)
            pair = longer.of[at], Term(NEUTRAL[longer.head])
            return _with(longer, at, either(condition, *(pair if longer is yes else pair[::-1])))
    return None


def _cases(condition: Term, yes: Term, no: Term) -> Term:
    if no.head == "if" and no.of[1].key == yes.key:
        return either(_joined("or", condition, no.of[0]), yes, no.of[2])
    if yes.head == "if" and yes.of[2].key == no.key:
        return either(_joined("and", condition, yes.of[0]), yes.of[1], no)
    if condition.head == "≠" and (yes.head, no.head) == ("/", "0"):
        x, size = yes.of
        if size.head == "abs" and x.key == size.of[0].key == condition.of[0].key:
            return Term("sign", x)
    return Term("if", condition, yes, no)


def _joined(word: str, one: Term, other: Term) -> Term:
    """Put two conditions into one: a < b or a > b is a ≠ b."""
    alike = [its.key for its in one.of] == [its.key for its in other.of]
    if word == "or" and alike and {one.head, other.head} <= set(RELATIONS):
        signs = set(RELATIONS[one.head]) | set(RELATIONS[other.head])
        return next(
            (Condition(head, *one.of) for head, its in RELATIONS.items() if set(its) == signs),
            Term(word, one, other),
        )
    return Term(word, one, other)


def _with(its: Term, at: int, inner: Term) -> Term:
    return again(its, [*its.of[:at], inner, *its.of[at + 1 :]])

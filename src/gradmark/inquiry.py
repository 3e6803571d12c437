"""One contender and what it is asked, for everybody who asks from Python or from pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypedDict

from gradmark.conformance.catalogue import variants
from gradmark.conformance.engine.expectations import Expectations, Key, declared, expected, known
from gradmark.conformance.engine.judging import judge_questions, undisturbed
from gradmark.conformance.engine.plan import Limits
from gradmark.conformance.engine.settings import Settings
from gradmark.handed import canonical, contender_of, dtypes_of
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import ContenderFailure
from gradmark.harness.resolve import UsageError
from gradmark.summary import spelled

Record = Mapping[str, Any]
Expected = str | Path | Mapping[str, Any] | None


class Options(TypedDict, total=False):
    """How to judge: `gradmark.check` explains each."""

    dtype: Any
    seed: int
    examples: int
    quick: bool
    strict: bool
    dialects: Iterable[str]
    name: str | None
    timeout: float
    memory: float
    python: str | None


class Inquiry:
    """One contender, the questions that it is asked, and what is expected of its answers.

    Parameters
    ----------
    obj_or_module, formula, dtype, …
        As for `gradmark.check`; several formulas may be meant.
    expected : str, Path or mapping, optional
        A file of expected verdicts, or a mapping from formulas to theirs.

    Raises
    ------
    UsageError, ValueError
        There is nothing to judge, or an argument means nothing.
    ContenderFailure
        From `questions`, where its import failed.
    """

    def __init__(
        self,
        obj_or_module: Any,
        formula: str | Sequence[str] | None = None,
        *,
        expected: Expected = None,
        dtype: Any = None,
        seed: int = 0,
        examples: int = 6,
        quick: bool = False,
        strict: bool = False,
        dialects: Iterable[str] = (),
        name: str | None = None,
        timeout: float = 10.0,
        memory: float = 4.0,
        python: str | None = None,
    ) -> None:
        named = [formula] if isinstance(formula, str) else formula or ()
        self.formulas = tuple(canonical("formula: expected a formula", each) for each in named)
        self.dtypes = dtypes_of(dtype)
        self.settings = _settings(seed, examples, quick=quick)
        welcome = _dialects(dialects, self.formulas or CONTRACT)
        only = self.formulas[0] if len(self.formulas) == 1 else None
        limits = Limits(timeout, memory, python)
        self.contender = contender_of(obj_or_module, only, name, limits)
        told = _expected(expected, self.contender.name)
        self.expectations = Expectations(told, strict=strict, allowed=welcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.contender.close()

    @property
    def name(self) -> str:
        """What the contender is called."""
        return self.contender.name

    def provided(self) -> frozenset[str]:
        """Find out which formulas there are; the contender starts, if it has not."""
        with undisturbed():
            return self.contender.provides

    def questions(self) -> list[tuple[str, str]]:
        """List what to ask: each formula that there is, or that is expected, in each dtype."""
        there = self.provided()
        due = {key[1:] for key in self.expectations.declared or () if key[0] == self.name}
        asked = [
            (formula, dtype)
            for formula in CONTRACT
            if formula in (self.formulas or CONTRACT)
            for dtype in self.dtypes
            if formula in there or (formula, dtype) in due
        ]
        if not asked:
            names = ", ".join(each for each in CONTRACT if each in there)
            wanted = f"one that {self.name} provides ({names})"
            raise ValueError(f"formula: expected {wanted}, got {', '.join(self.formulas)}")
        return asked

    def records(self, questions: Iterable[tuple[str, str]]) -> list[Record]:
        """Ask, and return what was found."""
        with undisturbed():
            return list(judge_questions(self.contender, questions, self.settings))

    def complaint(self, record: Record) -> str:
        """Say why a verdict fails what was asked for; nothing where it does not."""
        if not self.expectations.fails(record):
            return ""
        surprise = self.expectations.surprise(record)
        return spelled(record) + (f"\nnot as expected: {surprise}" if surprise else "")


def everything(inquiry: Inquiry) -> list[tuple[str, str]]:
    """List what to ask even of a contender that does not start: each verdict then says so."""
    try:
        return inquiry.questions()
    except ContenderFailure:
        formulas = inquiry.formulas or tuple(CONTRACT)
        return [(formula, dtype) for formula in formulas for dtype in inquiry.dtypes]


@contextmanager
def usage_told_as_values() -> Iterator[None]:
    """Make what means nothing a ValueError, as Python's callers know it."""
    try:
        yield
    except UsageError as error:
        raise ValueError(str(error)) from None


def _expected(given: Expected, name: str) -> Mapping[Key, str] | None:
    if isinstance(given, Mapping):
        return declared({name: given}, "expected")
    return expected(None if given is None else Path(given), "expected")


def _settings(seed: int, examples: int, *, quick: bool) -> Settings:
    for option, value, least in (("seed", seed, 0), ("examples", examples, 1)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{option}: expected a whole number from {least} on, got {value!r}")
    return Settings(seed, examples, quick)


def _dialects(names: Iterable[str], formulas: Iterable[str]) -> frozenset[str]:
    """Check the names of dialects: a typing error would welcome nothing."""
    if isinstance(names, str):
        raise ValueError(f"dialects: expected several names, as in ({names!r},); got {names!r}")
    names = tuple(names)
    forms = [form for formula in formulas for form in variants(formula)]
    right = {form.name for form in forms if form.meant == "dialect"}
    for name in names:
        known("dialects", name, sorted(right))
    return frozenset(names)

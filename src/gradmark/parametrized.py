"""Verdicts as tests of a user's own suite: one pytest item per formula and dtype."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from gradmark.harness.host import ContenderFailure
from gradmark.inquiry import Expected, Inquiry, Options, usage_told_as_values

if TYPE_CHECKING:
    from _pytest.mark.structures import MarkDecorator, ParameterSet


@dataclass(frozen=True, eq=False)
class Check:
    """One question, put when it is called: what a parametrized test gets.

    Parameters
    ----------
    inquiry : Inquiry
        Who is asked, and what is expected.
    formula, dtype : str
        What is asked.
    """

    inquiry: Inquiry
    formula: str
    dtype: str

    @property
    def id(self) -> str:
        """The test's name, the same from run to run."""
        return f"{self.inquiry.name}-{self.formula}-{self.dtype}"

    def __call__(self) -> None:
        """Judge; raise an AssertionError that is the verdict where it is not as it should be."""
        __tracebackhide__ = True
        verdict = self.inquiry.records([(self.formula, self.dtype)])[-1]
        complaint = self.inquiry.complaint(verdict)
        if complaint:
            raise AssertionError(complaint)

    def __repr__(self) -> str:
        return f"<Check: {self.id}>"


def checks(
    obj_or_module: Any,
    formula: str | None = None,
    *,
    expected: Expected = None,
    **options: Unpack[Options],
) -> list[ParameterSet]:
    """List the tests of a contender, a parameter for each formula and dtype, with a stable id.

    ``@pytest.mark.parametrize("check", gradmark.checks("my_pkg.optim"))`` gives a test function
    one item for each; `parametrize` is short for it.

    Parameters
    ----------
    obj_or_module, formula, **options
        As for `gradmark.check`. What deviates, raises, crashes or takes too long fails; with
        `strict`, a dialect or an inaccurate answer does, too.
    expected : str, Path or mapping, optional
        The verdicts that you expect: any other, better or worse, fails. A TOML file as the command
        line's ``--expected`` reads it, looked for beside the file that calls this and then in the
        current folder; or a mapping from formulas to verdicts. What it leaves out shall conform.

    Returns
    -------
    list of pytest.param
        Each holds a `Check`.

    Raises
    ------
    ValueError
        As from `gradmark.check`; or the contender cannot be imported.

    Examples
    --------
    >>> from gradmark import reference
    >>> for parameter in checks(reference, "Adam"):
    ...     print(parameter.id)
    gradmark.reference-Adam-float64
    gradmark.reference-Adam-float32
    """
    import pytest

    with usage_told_as_values():
        inquiry = Inquiry(obj_or_module, formula, expected=_found(expected, _caller()), **options)
        try:
            found = [Check(inquiry, *question) for question in inquiry.questions()]
        except ContenderFailure as failure:
            raise ValueError(f"obj_or_module: {failure}") from None
    return [pytest.param(check, id=check.id) for check in found]


def parametrize(
    obj_or_module: Any,
    formula: str | None = None,
    *,
    expected: Expected = None,
    **options: Unpack[Options],
) -> MarkDecorator:
    """Decorate a test function so that it runs once for each formula and dtype of a contender.

    Parameters
    ----------
    obj_or_module, formula, expected, **options
        As for `checks`.

    Returns
    -------
    decorator
        The function gets each `Check` as its argument `check`, and calls it.

    Raises
    ------
    ValueError
        As from `checks`.

    Examples
    --------
    >>> from gradmark import reference
    >>> @parametrize(reference, "relu", dtype="float64")
    ... def test_my_code_is_what_it_claims_to_be(check):
    ...     check()
    """
    import pytest

    found = _found(expected, _caller())
    mark: Callable[..., MarkDecorator] = pytest.mark.parametrize
    return mark("check", checks(obj_or_module, formula, expected=found, **options))


def _caller() -> Path:
    """Find the folder of the file that called who calls this."""
    return Path(sys._getframe(2).f_globals.get("__file__", "")).parent


def _found(expected: Expected, folder: Path) -> Expected:
    """Find a file of expected verdicts beside the test that names it."""
    if isinstance(expected, str | Path) and (folder / expected).is_file():
        return folder / expected
    return expected

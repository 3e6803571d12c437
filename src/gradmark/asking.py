"""Judging from Python: `check` returns verdicts, `assert_conforms` insists on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from gradmark.inquiry import Inquiry, Options, everything, usage_told_as_values
from gradmark.verdicts import Verdicts


def check(
    obj_or_module: Any,
    formula: str | None = None,
    *,
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
) -> Verdicts:
    """Judge code against the formulas that it claims to compute.

    Parameters
    ----------
    obj_or_module : object
        What to judge. In this very process, and so for code that you trust: a function or class; a
        module, class or other object that has formulas as attributes; a mapping from formulas to
        what computes them. In a process of its own, as on the command line: a path to a file, the
        name of a package ("my_pkg.optim"), or the name of a bundled contender ("pytorch").
    formula : str, optional
        The one formula that is meant. Not needed where names say it.
    dtype : str or sequence of str, optional
        "float64", "float32", "float16" or "bfloat16" (which needs ml_dtypes); else the first two.
        NumPy's own dtypes are understood.
    seed : int
        Of every random choice.
    examples : int
        Random inputs for each property.
    quick : bool
        A coarser search for the worst error.
    strict : bool
        Whether a dialect, or an inaccurate answer, counts as failed.
    dialects : iterable of str
        Dialects that never count as failed.
    name : str, optional
        What the verdicts call it; else the name that it has.
    timeout, memory, python : float, float, str
        For what has a process of its own: seconds for a call, GiB, and its interpreter.

    Returns
    -------
    Verdicts
        One for each formula that is there, in each dtype.

    Raises
    ------
    ValueError
        There is nothing to judge, or an argument means nothing; with what was expected.

    Examples
    --------
    >>> import numpy as np
    >>> check(lambda z: np.maximum(z, 0), "relu", dtype="float64")
    relu
    float64: ✓ 1 conforms
    >>> check({"mse_loss": lambda y, p: np.sum((y - p) ** 2)}, dtype="float64")[0].variant
    'sum-of-squares'
    """
    with usage_told_as_values():
        inquiry = Inquiry(
            obj_or_module,
            formula,
            dtype=dtype,
            seed=seed,
            examples=examples,
            quick=quick,
            strict=strict,
            dialects=dialects,
            name=name,
            timeout=timeout,
            memory=memory,
            python=python,
        )
        with inquiry:
            return Verdicts(inquiry.records(everything(inquiry)), inquiry.expectations.fails)


def assert_conforms(
    obj_or_module: Any,
    formula: str | None = None,
    **options: Unpack[Options],
) -> None:
    """Judge code, and raise an AssertionError that is the verdict where it does not conform.

    Parameters
    ----------
    obj_or_module, formula, **options
        As for `check`. Whatever does not conform fails, an inaccurate answer included, but for
        those `dialects` that are as welcome as the formula itself: ``dialects=("epsilon-hat",)``.

    Raises
    ------
    AssertionError
        A verdict is another one; with its evidence, and a line to paste that shows it again.
    ValueError
        As from `check`.

    Examples
    --------
    >>> import numpy as np
    >>> assert_conforms(lambda z: np.maximum(z, 0), "relu")
    >>> try:
    ...     assert_conforms(lambda z: np.abs(z), "relu")
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[1])
    ✗ relu: deviates (absolute-value), float64, float32
    """
    __tracebackhide__ = True
    options["strict"] = True
    found = check(obj_or_module, formula, **options)
    if found.failed:
        names = ", ".join(dict.fromkeys(verdict.implementation for verdict in found.failed))
        raise AssertionError(f"{names} does not conform\n{found.failed.reasons}")

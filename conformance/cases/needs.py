"""What a question needs that not all right code can do: who refuses it is not asked it.

A vector of ordinary numbers is a plain question. An empty array, a single number or a cube is one
that code may well refuse, by an exception; an answer to it counts like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from gradmark.conformance.cases.case import Case, arrays_in
from gradmark.harness.bindings import SOFT, are_hard
from gradmark.harness.contract import CONTRACT

MANY_STEPS = 100
ZEROS = ("rate", "epsilon", "count", "phase end")


def needs(case: Case) -> str:
    """Name the capability that a case needs, by `CAPABILITIES`; nothing where it is plain.

    Examples
    --------
    >>> needs(Case("relu", "nothing", (np.empty((0, 3)),)))
    'empty arrays'
    >>> needs(Case("relu", "two", (np.array([1.0, 2.0]),)))
    ''
    """
    row = CONTRACT[case.formula]
    if row.chosen(case.hyper):
        return "options"
    data = list(arrays_in(*case.arguments))
    # A gradient has one axis more than the weights: that of the steps.
    arrays = data[:1] if row.stepped else data
    if any(array.size == 0 for array in data):
        return "empty arrays"
    if any(array.ndim == 0 for array in arrays):
        return "scalars"
    if any(array.ndim > 2 for array in arrays):
        return "any shape"
    if "vectors" in row.may_lack and arrays[0].ndim == 1:
        return "vectors"
    if "one sample" in row.may_lack and len(arrays[0]) == 1:
        return "one sample"
    if any(bool(np.isnan(array).any()) for array in data):
        return "NaN"
    return "zeros" if 0.0 in _settings(case) else ""


def refusable(case: Case) -> str:
    """Name what somebody lacks who refuses a case: it may be a plain question, too.

    Loops over entries take vectors alone, and a comparison of labels with 1 takes hard ones alone.

    Examples
    --------
    >>> soft = Case("binary_cross_entropy", "soft", (np.array([0.25]), np.array([0.5])))
    >>> needs(soft), refusable(soft)
    ('', 'soft labels')
    """
    return next(_needed(case), "")


def needs_any(case: Case, lacking: Collection[str]) -> bool:
    """Whether a case is not to be asked of somebody who lacks these capabilities."""
    return bool(lacking) and any(needed in lacking for needed in _needed(case))


def _needed(case: Case) -> Iterator[str]:
    """Give everything that a case needs and that right code may lack."""
    row = CONTRACT[case.formula]
    if odd := needs(case):
        yield odd
    if row.stepped:
        return
    if has_soft_labels(case):
        yield SOFT
    first = row.takes[0]
    axes = len(first.shape.split()) if first.is_array else 0
    deep = any(np.ndim(array) > axes for array in arrays_in(*case.arguments))
    if deep and "any shape" in row.may_lack:
        yield "any shape"


def has_soft_labels(case: Case) -> bool:
    """Whether a case of classes has labels that are of several at once."""
    may_lack = CONTRACT[case.formula].may_lack
    return SOFT in may_lack and not are_hard(case.formula, case.arguments[0])


def _settings(case: Case) -> list[float]:
    """List what a case sets that code may take for "not given" at zero, or divides by."""
    row = CONTRACT[case.formula]
    if not row.stepped:
        given = zip(row.takes, case.arguments, strict=False)
        return [value for parameter, value in given if parameter.role in ZEROS]
    # No weight decay is no decay, wherever it is heard of.
    own = [v for name, v in case.hyper.items() if row.parameter(name).role != "weight decay"]
    return [*case.arguments[2], *own]


def order(case: Case) -> int:
    """Place a case among others: what is plain comes first, and what is large last.

    The first that fails is shown, and a form that is refuted is not followed to large cases. What
    takes hundreds of steps is not plain either: who sees it fail has to count them.
    """
    long = CONTRACT[case.formula].stepped and len(case.arguments[1]) > MANY_STEPS
    return 2 if case.large else 1 if needs(case) or long else 0

"""The sizes that are timed, and which of them a quick run leaves out."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from gradmark.harness.contract import CONTRACT, Formula, Kind

LARGEST = 10**7, 256
"""Sizes from which on a case is marked `large`: parameters, and batch or width of the network."""


def of_kind(kind: Kind) -> list[str]:
    """List the formulas of one kind, in the contract's order; not what takes numbers and arrays."""
    return [name for name, formula in CONTRACT.items() if formula.kind == kind and _timed(formula)]


def _timed(formula: Formula) -> bool:
    """Whether it can be called with arrays alone, or with numbers alone.

    Not what steps matrices: its cost is one of products, which no number of parameters tells.
    """
    if formula.stepped:
        return not formula.matrices
    return formula.takes_numbers or bool(formula.sizes)


def cases(names: Iterable[str], sizes: Iterable[int]) -> list[Any]:
    """Pair every size with every name; ids like `Adam-1e5`."""
    return [
        pytest.param(name, size, id=f"{name}-{_power(size)}", marks=_marks(size >= LARGEST[0]))
        for size, name in product(sizes, names)
    ]


def grid(names: Iterable[str], batches: Iterable[int], widths: Iterable[int]) -> list[Any]:
    """Give every batch and width to every name in turn, so that what is compared runs together."""
    return [
        pytest.param(
            name,
            batch,
            width,
            id=f"{name}-batch{batch}-width{width}",
            marks=_marks(max(batch, width) >= LARGEST[1]),
        )
        for batch, width, name in product(batches, widths, names)
    ]


def _power(size: int) -> str:
    return f"1e{len(str(size)) - 1}" if size > 1 else "1"


def _marks(large: bool) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.large,) if large else ()

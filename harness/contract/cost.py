"""What one entry of a formula must cost at least, as its row tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one entry costs; `benchmarks/paired/costs.py` says what counts.

    Parameters
    ----------
    read, written : tuple of str
        The arrays with an entry to read, or to write.
    operations : int
        Floating-point operations.
    """

    read: tuple[str, ...]
    written: tuple[str, ...]
    operations: int


def cost(read: str, written: str, operations: int) -> Cost:
    """Spell a cost: the names of the arrays, with spaces between them.

    Examples
    --------
    >>> cost("w g", "w", 2)
    Cost(read=('w', 'g'), written=('w',), operations=2)
    """
    return Cost(tuple(read.split()), tuple(written.split()), operations)

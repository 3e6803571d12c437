"""How the timing page spells sizes, times, bytes and factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradmark.harness.contract.dtypes import order
from gradmark.harness.records.timed import Estimate, OfWorkload
from gradmark.reports.markdown import escape

Units = Sequence[tuple[str, float]]
SECONDS: Units = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
BYTES: Units = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))
BYTE_RATES: Units = (("GB/s", 1e9), ("MB/s", 1e6))
OPERATION_RATES: Units = (("GFLOP/s", 1e9), ("MFLOP/s", 1e6))


def by_dtype_and_size(record: OfWorkload) -> tuple[int, tuple[int, ...], str]:
    """Order a formula's records: wide dtypes first, small sizes first, and then by contender."""
    sizes = tuple(record["params"].values())
    return order(record["dtype"]), sizes, record["implementation"]


def size_names(record: OfWorkload) -> str:
    """Name the sizes of a record's workload, for a table's head."""
    return " × ".join(escape(name) for name in record["params"])


def size(record: OfWorkload) -> str:
    """Spell the sizes of a record's workload.

    Examples
    --------
    >>> size({"params": {"batch": 1024, "width": 32}})
    '1,024 × 32'
    """
    return spelled(record["params"])


def spelled(sizes: Mapping[str, int]) -> str:
    """Spell sizes as tables do."""
    return " × ".join(f"{size:,}" for size in sizes.values())


def factor(value: float | str) -> str:
    """Spell a factor to three digits or so.

    Examples
    --------
    >>> factor(0.98765), factor(12.345), factor(12345)
    ('0.988', '12.3', '12,345')
    """
    value = float(value)
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}" if value >= 10 else f"{value:.3f}"


def estimate(record: Estimate) -> str:
    """Spell a ratio and its interval.

    Examples
    --------
    >>> estimate({"ratio": 1.1, "low": 1.04, "high": 1.16})
    '1.100 [1.040, 1.160]'
    """
    ratio, low, high = (factor(each) for each in (record["ratio"], record["low"], record["high"]))
    return f"{ratio} [{low}, {high}]"


def scaled(value: float, units: Units) -> str:
    """Spell a quantity in the largest unit that it has one of.

    Examples
    --------
    >>> scaled(0.0123, SECONDS), scaled(8_200, BYTES)
    ('12.3 ms', '8.2 kB')
    """
    name, scale = next((unit for unit in units if value >= unit[1]), units[-1])
    return f"{value / scale:.3g} {name}"

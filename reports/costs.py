"""What a formula costs, for the timing page: growth, nearness to the limit, first call, memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from gradmark.harness.contract.dtypes import order
from gradmark.harness.records import (
    CountRecord,
    GrowthRecord,
    LimitRecord,
    PairRecord,
    PreparationRecord,
)
from gradmark.harness.results import Results
from gradmark.reports.markdown import escape, table
from gradmark.reports.quantities import (
    BYTE_RATES,
    BYTES,
    OPERATION_RATES,
    SECONDS,
    by_dtype_and_size,
    estimate,
    scaled,
    size,
    size_names,
)

COUNTED = (
    "Instructions of a call were counted by {}: what so many calls more take. From run to run they "
    "are the same, whoever else is at work on the machine. They are not time. They do not see what "
    "is waited for: memory, a branch that was guessed wrong, another processor; nor work in "
    "another process or on a GPU. And libraries that choose their code by the processor may choose "
    "another there: Valgrind shows them one without AVX-512. So large sizes are not counted, and "
    "where the clock says otherwise it is noted."
)
BOUND = {
    "update": (
        "What it must move, as each input is read once and each output written once, against an "
        "update in place, x ← x + y, that moves as many bytes."
    ),
    "products": (
        "All of it, against its five matrix products alone, formed by NumPy's BLAS at these "
        "shapes and in this dtype, into memory that is there already."
    ),
}


def growth(formula: str, results: Results) -> Iterator[str]:
    """Tell how times grow with size: a column for each pair of neighbours, and one over all."""
    records = [record for record in results.of(GrowthRecord) if record["formula"] == formula]
    if not records:
        return
    ranges = sorted({tuple(record["sizes"]) for record in records}, key=lambda r: (len(r), r))
    lines: defaultdict[tuple[str, str], dict[tuple[int, ...], GrowthRecord]] = defaultdict(dict)
    for record in sorted(records, key=lambda r: (order(r["dtype"]), r["implementation"])):
        lines[record["implementation"], record["dtype"]][tuple(record["sizes"])] = record
    yield (
        f"Time grows as the p-th power of the {escape(records[0]['over'])}; p and its 99 % "
        "interval. 1 is a cost in proportion; below it a fixed cost fades, above it a cache "
        "overflows.\n"
    )
    head = [f"{its[0]:,} to {its[-1]:,}{', all' if len(its) > 2 else ''}" for its in ranges]
    yield table(
        ["", "dtype", *head],
        [
            [escape(name), dtype, *(_exponent(found.get(its)) for its in ranges)]
            for (name, dtype), found in lines.items()
        ],
    )


def _exponent(record: GrowthRecord | None) -> str:
    if record is None:
        return "–"
    return f"{record['exponent']:.2f} [{float(record['low']):.2f}, {float(record['high']):.2f}]"


def instructions(formula: str, results: Results) -> Iterator[str]:
    """Set each contender's instructions beside the baseline's, and beside what the clock says."""
    records = [record for record in results.of(CountRecord) if record["formula"] == formula]
    if not records:
        return
    timed = {
        (pair["implementation"], pair["dtype"], size(pair)): f"{estimate(pair)} {pair['verdict']}"
        for pair in results.of(PairRecord)
        if pair["formula"] == formula
    }
    rows = [
        [
            escape(record["implementation"]),
            record["dtype"],
            size(record),
            *_counted(record),
            timed.get((record["implementation"], record["dtype"], size(record)), "–"),
            escape(record.get("disagrees", record.get("reason", ""))),
        ]
        for record in sorted(records, key=by_dtype_and_size)
    ]
    head = ["", "dtype", size_names(records[0]), "ratio of instructions", "of a call"]
    yield table([*head, "baseline's", "ratio of times", "note"], rows)


def _counted(record: CountRecord) -> list[str]:
    if record["ratio"] is None:
        return ["–"] * 3
    ours, theirs = record["instructions"], record["baseline_instructions"]
    return [f"{record['ratio']:.3f}", f"{ours:,.0f}", f"{theirs:,.0f}"]


def limits(formula: str, results: Results) -> Iterator[str]:
    """Tell how near each contender is to what the machine can do."""
    records = [record for record in results.of(LimitRecord) if record["formula"] == formula]
    if not records:
        return
    of = records[0]["of"]
    units = BYTE_RATES if of == "update" else OPERATION_RATES
    yield f"{BOUND[of]} The share of the limit is 1 over the ratio; intervals as above.\n"
    rows = [
        [
            escape(record["implementation"]),
            record["dtype"],
            size(record),
            estimate(record),
            f"{100 / record['ratio']:.0f} %",
            scaled(_amount(record) / record["seconds"], units),
            scaled(_amount(record) / record["limit_seconds"], units),
        ]
        for record in sorted(records, key=by_dtype_and_size)
    ]
    head = ["", "dtype", size_names(records[0]), "time over the limit's", "share of the limit"]
    yield table([*head, "rate", "the machine's"], rows)


def _amount(record: LimitRecord) -> int:
    return record["bytes"] if record["of"] == "update" else record["operations"]


def largest(records: Sequence[LimitRecord]) -> list[LimitRecord]:
    """Keep each formula's records of the largest size."""
    most: dict[str, tuple[int, ...]] = {}
    for record in records:
        sizes = tuple(record["params"].values())
        most[record["formula"]] = max(most.get(record["formula"], sizes), sizes)
    return [r for r in records if tuple(r["params"].values()) == most[r["formula"]]]


def first_calls(results: Results) -> list[tuple[PreparationRecord, float]]:
    """Give the median first call of each contender, formula and dtype, at its smallest size.

    It is the first of the formula in a process, and compiles what there is to compile.
    """
    found: defaultdict[tuple[str, str, str], list[PreparationRecord]] = defaultdict(list)
    for record in sorted(results.of(PreparationRecord), key=by_dtype_and_size):
        if record["implementation"] != results.header.get("machine"):
            its = record["formula"], record["dtype"], record["implementation"]
            found[its].append(record)
    smallest = [[r for r in its if r["params"] == its[0]["params"]] for its in found.values()]
    return [(its[0], median(record["first_call"] for record in its)) for its in smallest]


def beginnings(formula: str, results: Results) -> Iterator[str]:
    """Tell what a first call takes, and what a later one allocates."""
    ready: defaultdict[tuple[object, ...], list[PreparationRecord]] = defaultdict(list)
    for record in sorted(results.of(PreparationRecord), key=by_dtype_and_size):
        its_own = record["implementation"] != results.header.get("machine")
        if record["formula"] == formula and its_own:
            ready[record["dtype"], size(record), record["implementation"]].append(record)
    rows = [
        [
            escape(records[0]["implementation"]),
            records[0]["dtype"],
            size(records[0]),
            scaled(median(record["first_call"] for record in records), SECONDS),
            _memory(record.get("peak") for record in records),
            _memory(record.get("traced") for record in records),
        ]
        for records in ready.values()
    ]
    if rows:
        yield (
            "First call of a size in a process, where what it compiles may serve the sizes after "
            "it; and memory of a later call: how far the process grows above what it held, and "
            "what Python and NumPy allocate.\n"
        )
        head = size_names(next(iter(ready.values()))[0])
        yield table(["", "dtype", head, "first call", "grows by", "allocates"], rows)


def _memory(amounts: Iterable[int | None]) -> str:
    known = [amount for amount in amounts if amount is not None]
    return scaled(max(known), BYTES) if known else "unknown"

"""The benchmarks page: what the reference's formulas cost, and how that grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradmark.harness.records import FindingRecord, SampleRecord, StatisticRecord
from gradmark.harness.results import Results
from gradmark.reports.figures import benchmark_backprop, benchmark_optimizers
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.style import save

STEPS, SPEEDUP = "benchmark_optimizers.png", "benchmark_backprop.png"
GROUPS = {
    "backprop": "Backpropagation: forward and backward pass",
    "optimizers": "Optimizers: one step",
    "losses": "Losses",
    "activations": "Activations",
    "schedules": "Schedules",
}
UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))

READING = (
    "All times are of the reference, in float64, from one process on one machine, which others "
    "may have kept busy: absolute times do not carry over to another day, let alone another "
    "machine. **Read the ratios.** Times are medians over the rounds, between their quartiles; "
    "a round that is one call has buffers of its own, prepared off the clock. Each case was "
    "checked for correctness before it was timed.\n\n"
    "*Speed-up* is the median time of the loops over that of the vectorized form. *Growth* is the "
    "exponent p of time ∝ sizeᵖ, the least-squares slope of log median time over log size: near 0 "
    "a fixed cost rules, near 1 the size; above 1 data outgrow a cache, or memory must be fetched "
    "anew. Each is followed by its interval in brackets: 95% percentiles of a block bootstrap of "
    "the rounds, with the run's seed; simulated, they hold the truth nine times in ten. They hold "
    "what varies within this process, not what varies from one process to the next, nor how far "
    "the sizes are from lying on one line."
)


def page(results: Results, figures: Path) -> str:
    """Write the page, and its pictures into `figures`."""
    samples, statistics = results.of(SampleRecord), results.of(StatisticRecord)
    parts = ["# Benchmarks\n", *(f"> {warning}\n" for warning in warnings("benchmarks", results))]
    parts += [READING + "\n", _conditions(results), *_gaps(results)]
    if not samples:
        parts.append("Nothing was timed.\n")
    elif not statistics:
        parts.append(f"{len(samples)} cases were timed; their statistics were never written.\n")
    order = [*GROUPS, *(record["group"] for record in statistics)]
    for group in sorted({record["group"] for record in statistics}, key=order.index):
        mine = [record for record in statistics if record["group"] == group]
        parts += [f"## {GROUPS.get(group) or escape(group)}\n"]
        parts += [*_pictures(group, mine, results.header, figures), _times(mine, samples)]
        parts += [*_speedups(mine), *_growth(mine)]
    parts += ["## Where this comes from\n", provenance([("benchmarks", results)])]
    return "\n".join(parts)


def _conditions(results: Results) -> str:
    found = results.header["fingerprint"]
    blas = [
        f"{library['library']} {library['version']}, {library['threads']} "
        f"{'thread' if library['threads'] == 1 else 'threads'}"
        for library in found["blas"]["loaded"]
    ]
    ends = [record["numbers"] for record in results.of(FindingRecord) if _is_load(record)]
    before = found.get("load_average")
    rows = {
        "processor": f"{found['machine']['cpu']}, {found['machine']['cores']} cores",
        "BLAS": ", ".join(blas) or "unknown, threads unknown",
        "NumPy": found["packages"]["numpy"],
        "load average before": f"{before[0]:.2f}" if before else "unknown",
        "load average after": f"{ends[0]['1 min']:.2f}" if ends else "unknown",
        "started": found.get("time", "unknown"),
    }
    return table(["measured on", ""], [[name, escape(str(fact))] for name, fact in rows.items()])


def _is_load(record: FindingRecord) -> bool:
    return bool(record["id"] == "load at the end")


def _gaps(results: Results) -> Iterator[str]:
    """Say what was not timed: left out by choice, or failed its check."""
    left_out = results.header.get("left_out", [])
    if left_out:
        listed = "".join(f"- {escape(test)}\n" for test in left_out)
        yield f"**Left out**, by `--quick` or by the choice of tests:\n\n{listed}"
    failures = [record for record in results.of(FindingRecord) if not _is_load(record)]
    if failures:
        rows = [[escape(record["id"]), escape(record["statement"])] for record in failures]
        yield "**Failed, and so not to be found below:**\n\n" + table(["case", "reason"], rows)


def _pictures(
    group: str, statistics: Sequence[StatisticRecord], header: Mapping[str, Any], figures: Path
) -> Iterator[str]:
    if group == "optimizers":
        save(benchmark_optimizers.draw(_by("median", statistics), header), figures / STEPS)
        yield f"![Time of one optimizer step by number of parameters](figures/{STEPS})\n"
    ratios = _by("ratio of medians", statistics)
    if group == "backprop" and ratios:
        save(benchmark_backprop.draw(ratios, header), figures / SPEEDUP)
        yield f"![Speed-up of vectorized over loops by batch and width](figures/{SPEEDUP})\n"


def _times(statistics: Sequence[StatisticRecord], samples: Sequence[SampleRecord]) -> str:
    sampled = {_key(record): record for record in samples}
    per_element = {_key(record): record for record in _by("median per element", statistics)}
    rows = []
    for record in _by("median", statistics):
        sample, each = sampled[_key(record)], per_element[_key(record)]
        calls = f" × {sample['iterations']} calls" if sample["iterations"] > 1 else ""
        rows.append(
            [
                escape(record["name"]),
                *(f"{size:,}" for size in record["params"].values()),
                _time(float(record["value"])),
                _span(record),
                _time(float(each["value"])),
                f"{len(sample['rounds'])}{calls}",
            ]
        )
    first = sampled[_key(statistics[0])]
    sizes = [escape(name) for name in first["params"]]
    # "per sample" says more than "per batch"; any other size is a count of what it is named for.
    element = {"batch": "sample"}.get(first["element"], first["element"].removesuffix("s"))
    head = ["", *sizes, "median", "quartiles", f"median per {escape(element)}", "rounds"]
    return table(head, rows)


def _speedups(statistics: Sequence[StatisticRecord]) -> Iterator[str]:
    ratios = _by("ratio of medians", statistics)
    if not ratios:
        return
    yield "### Speed-up of vectorized over loops\n"
    rows = [
        [*(f"{size:,}" for size in record["params"].values()), _interval(record, "×")]
        for record in ratios
    ]
    yield table([*(escape(name) for name in ratios[0]["params"]), "speed-up"], rows)


def _growth(statistics: Sequence[StatisticRecord]) -> Iterator[str]:
    exponents = _by("growth exponent", statistics)
    if not exponents:
        return
    yield f"### Growth over {escape(exponents[0]['over'])}\n"
    ranges = list(dict.fromkeys(tuple(record["sizes"]) for record in exponents))
    cells: dict[tuple[Any, ...], dict[tuple[int, ...], str]] = {}
    for record in exponents:
        cells.setdefault(_key(record), {})[tuple(record["sizes"])] = _interval(record, "")
    fixed = [escape(name) for name in exponents[0]["params"]]
    head = ["", *fixed, *(" → ".join(f"{size:,}" for size in sizes) for sizes in ranges)]
    rows = [
        [
            escape(key[1]),
            *(f"{size:,}" for _, size in key[2]),
            *(found.get(sizes, "–") for sizes in ranges),
        ]
        for key, found in cells.items()
    ]
    yield table(head, rows)


def _by(estimator: str, statistics: Sequence[StatisticRecord]) -> list[StatisticRecord]:
    return [record for record in statistics if record["estimator"] == estimator]


def _key(record: StatisticRecord | SampleRecord) -> tuple[Any, ...]:
    """Tell which case a record is about."""
    return record["group"], record["name"], tuple(record["params"].items())


def _interval(record: StatisticRecord, unit: str) -> str:
    value, low, high = (_number(float(record[part])) for part in ("value", "low", "high"))
    return f"{value}{unit} [{low}, {high}]"


def _number(value: float) -> str:
    """Write three digits, or all that stand before the point."""
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:,.{decimals}f}"


def _unit(seconds: float) -> tuple[str, float]:
    return next((unit for unit in UNITS if seconds >= unit[1]), UNITS[-1])


def _time(seconds: float) -> str:
    name, scale = _unit(seconds)
    return f"{_number(seconds / scale)} {name}"


def _span(record: StatisticRecord) -> str:
    """Write the quartiles in the unit of the median."""
    name, scale = _unit(float(record["value"]))
    low, high = (_number(float(record[end]) / scale) for end in ("low", "high"))
    return f"{low} – {high} {name}"

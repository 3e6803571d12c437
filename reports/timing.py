"""The timing page: contenders' times over the baseline's, and what was not timed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from harness.results import Record, Results
from reports.figures import forest
from reports.formulas import in_order
from reports.markdown import escape, table
from reports.provenance import provenance, warnings
from reports.style import save

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
BYTES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))

READING = (
    "A ratio is a contender's time over the baseline's: below 1 it is faster. All contenders were "
    "alive at once, each in processes of its own, pinned to the same processors and limited to "
    "the same number of threads; they took turns in short blocks, in an order drawn anew each "
    "round, on fresh buffers. A block that another process interrupted was taken again. "
    "Conversions, first calls and garbage collection are off the clock, asynchronous work was "
    "waited for.\n\n"
    "Per process the estimate is the median over rounds of the ratio within a round; over "
    "processes the geometric mean of these. Intervals are of 99 %, and hold for all contenders of "
    "a row's workload together: a hierarchical bootstrap over processes and rounds, with Student's "
    "t for the few processes. *Slower* and *faster* mean that the whole interval is beyond the "
    "margin, *same* that all of it is within, *inconclusive* that neither is so. Times per call "
    "stand beside the ratios for orientation: they do not carry over to another day."
)

SINCE = (
    "Both runs timed the contender against the same baseline, alive at once with it, and what is "
    "compared are the two ratios: no time of another day. *Change* is the ratio now over the "
    "stored one; its interval adds both runs' half-widths in quadrature, on logarithms. It knows "
    "what differs from process to process within a run, not what may differ from day to day: where "
    "a contender's code is the same, its change shows that."
)


def page(results: Results, figures: Path) -> str:
    """Write the page, and its pictures into `figures`."""
    pairs = results.of_kind("pair")
    parts = ["# Timing\n", *(f"> {warning}\n" for warning in warnings("timing", results))]
    parts += [READING + "\n", _conditions(results)]
    if not pairs:
        parts.append("Nothing was timed.\n")
    parts += _changes(results)
    for formula in in_order(pair["formula"] for pair in pairs):
        mine = [pair for pair in pairs if pair["formula"] == formula]
        name = f"timing_{''.join(c for c in formula if c.isalnum() or c == '_')}.png"
        save(forest.draw(formula, mine, results.header), figures / name)
        parts += [f"## {escape(formula)}\n", f"![Times of {escape(formula)}](figures/{name})\n"]
        parts += [_ratios(mine), *_costs(formula, results)]
    parts += [*_withheld(results), "## Where this comes from\n"]
    parts.append(provenance([("timing", results)]))
    return "\n".join(parts)


def _conditions(results: Results) -> str:
    header, ready = results.header, results.of_kind("preparation")
    found = header["fingerprint"]
    cpus = sorted({cpu for record in ready for cpu in record["cpus"]})
    loads = [r["numbers"] for r in results.of_kind("finding") if r["id"] == "load at the end"]
    stored = header.get("stored")
    rows = {
        "baseline": header["baseline"],
        "margin": f"{100 * header['margin']:g} %",
        "budget": f"{header['budget']:g} s for a workload and pair",
        "threads": f"{header['threads']} each, on processor {', '.join(map(str, cpus)) or '?'}",
        "clock and loop cost": _overhead(ready),
        "processor": f"{found['machine'].get('cpu')}, {found['machine'].get('cores')} cores",
        "load average after": f"{loads[0]['1 min']:.2f}" if loads and loads[0] else "unknown",
    }
    if stored:
        told = f"seed {stored['seed']}, ended {stored['ended'] or 'at an unknown time'}"
        rows["stored run"] = f"{stored['path']} ({told}, gradmark's commit {stored['commit']})"
    return table(["measured with", ""], [[name, escape(str(fact))] for name, fact in rows.items()])


def _overhead(ready: Sequence[Record]) -> str:
    if not ready:
        return "unknown"
    return f"at most {100 * max(record['overhead'] for record in ready):.2g} % of a block"


def _ratios(pairs: Sequence[Record]) -> str:
    rows = [
        [
            escape(pair["implementation"]),
            pair["dtype"],
            _sizes(pair),
            _estimate(pair),
            pair["verdict"],
            _scaled(pair["seconds"], UNITS),
            _scaled(pair["baseline_seconds"], UNITS),
            f"{pair['processes']}, {pair['rounds']}",
        ]
        for pair in sorted(pairs, key=lambda pair: (pair["dtype"] != "float64", forest.sizes(pair)))
    ]
    head = ["", "dtype", _names(pairs[0]), "ratio and interval", "verdict", "time of a call"]
    return table([*head, "baseline's", "processes, rounds"], rows)


def _changes(results: Results) -> Iterator[str]:
    """Set the ratios of a stored run beside those of this one."""
    found = results.of_kind("change")
    if not found:
        return
    rows = [
        [
            escape(each["implementation"]),
            escape(each["formula"]),
            each["dtype"],
            _sizes(each),
            _estimate(each["stored"]),
            _estimate(each["now"]),
            _estimate(each),
            each["verdict"],
            "the same" if each["same_code"] else "another",
        ]
        for formula in in_order(each["formula"] for each in found)
        for each in found
        if each["formula"] == formula
    ]
    yield "## Since the stored run\n"
    yield SINCE + "\n"
    head = ["", "formula", "dtype", "size", "ratio stored", "ratio now", "change", "verdict"]
    yield table([*head, "its code"], rows)
    for each in results.of_kind("finding"):
        if each["id"] == "stored pairs not timed":
            yield f"{each['statement'].removesuffix('.')}: {each['numbers']['pairs']}.\n"


def _costs(formula: str, results: Results) -> Iterator[str]:
    """Tell what a first call takes, and what a call allocates."""
    ready: defaultdict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in results.of_kind("preparation"):
        if record["formula"] == formula:
            ready[record["dtype"], forest.sizes(record), record["implementation"]].append(record)
    rows = []
    for key in sorted(ready, key=lambda key: (key[0] != "float64", key[1])):
        records = ready[key]
        rows.append(
            [
                escape(records[0]["implementation"]),
                records[0]["dtype"],
                _sizes(records[0]),
                _scaled(median(record["first_call"] for record in records), UNITS),
                _memory(records, "peak"),
                _memory(records, "traced"),
            ]
        )
    if rows:
        yield (
            "First call of a size in a process, where what it compiles may serve the sizes after "
            "it; and memory of a later call: how far the process grows above what it held, and "
            "what Python and NumPy allocate.\n"
        )
        sizes = _names(next(iter(ready.values()))[0])
        yield table(["", "dtype", sizes, "first call", "grows by", "allocates"], rows)


def _memory(records: Sequence[Record], field: str) -> str:
    known = [record[field] for record in records if record.get(field) is not None]
    return _scaled(max(known), BYTES) if known else "unknown"


def _withheld(results: Results) -> Iterator[str]:
    why: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in results.of_kind("withheld"):
        size = f" at {_sizes(record)}" if record["params"] else ""
        told = f"{escape(record['formula'])} {record['dtype']}{size}"
        why[record["implementation"], record["reason"]].append(told)
    if why:
        rows = [
            [escape(name), escape(reason), ", ".join(what)] for (name, reason), what in why.items()
        ]
        yield "## Not timed, and why\n"
        yield "Timed is only what conforms or follows a dialect.\n"
        yield table(["", "reason", "formulas"], rows, align=":--")


def _sizes(record: Record) -> str:
    return " × ".join(f"{size:,}" for size in record["params"].values())


def _names(record: Record) -> str:
    return " × ".join(escape(name) for name in record["params"])


def _estimate(record: Record) -> str:
    ratio, low, high = (_number(record[bound]) for bound in ("ratio", "low", "high"))
    return f"{ratio} [{low}, {high}]"


def _number(value: float | str) -> str:
    value = float(value)
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}" if value >= 10 else f"{value:.3f}"


def _scaled(value: float, units: Sequence[tuple[str, float]]) -> str:
    name, scale = next((unit for unit in units if value >= unit[1]), units[-1])
    return f"{value / scale:.3g} {name}"

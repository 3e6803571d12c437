"""The timing page: contenders' times over the baseline's, and what was not timed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.ticker import EngFormatter

from gradmark.harness.records import (
    ChangeRecord,
    CountRecord,
    FindingRecord,
    LimitRecord,
    PairRecord,
    PreparationRecord,
    WithheldRecord,
)
from gradmark.harness.results import Results
from gradmark.reports import costs
from gradmark.reports.figures import forest, scaling
from gradmark.reports.figures.cast import Look, cast
from gradmark.reports.figures.dots import Dot, draw
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.quantities import (
    SECONDS,
    by_dtype_and_size,
    estimate,
    scaled,
    size,
    size_names,
    spelled,
)
from gradmark.reports.style import number, save

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


NEARNESS, FIRST = "timing_limits.png", "timing_first_calls.png"
LIMITS = (
    "The machine took its turns among the contenders, in each round, by the same clock: it moved "
    "as many bytes as the formula must move, or formed its matrix products alone. How long that "
    "takes, over a contender's time, is its share of the limit, here at each formula's largest "
    "size. What computes much with each number, as a logarithm does, stays below for that alone; "
    "a loss only reads, which may be faster than what it is held against. One thread moves bytes, "
    "however many a contender has."
)
WHAT = {
    "training": (
        "A training run of the article's network: XOR, four samples, two inputs, four hidden "
        "units, weights from its seed, learning rate 0.5, a part of its 1000 epochs. A contender's "
        "own `compute_gradients` and its own `SGD` step for each of the four parameters, in its "
        "own arrays throughout; its answer is waited for at the end. What is right about it is "
        "judged in its parts: who computes either wrongly is not timed."
    ),
    "compute_gradients": (
        "As many samples and inputs as the layer is wide, one output. Its size is the number of "
        "multiplications with an addition in its five products, 2nh² + 3nh for n samples and h "
        "units."
    ),
}


def page(results: Results, figures: Path) -> str:
    """Write the page, and its pictures into `figures`."""
    pairs = results.of(PairRecord)
    parts = ["# Timing\n", *(f"> {warning}\n" for warning in warnings("timing", results))]
    parts += [READING + "\n", _conditions(results)]
    counts = results.of(CountRecord)
    if pairs:
        looks = cast(sorted({pair["implementation"] for pair in pairs}), pairs[0]["baseline"])
        parts += _overview(results, looks, figures)
    else:
        looks = {}
        parts.append("Nothing was timed.\n")
    parts += _changes(results)
    if counts:
        parts.append(f"{costs.COUNTED.format(counts[0]['counter'])}\n")
    for formula in in_order(each["formula"] for each in (*pairs, *counts)):
        parts += _section(formula, results, looks, figures)
    parts += [*_withheld(results), "## Where this comes from\n"]
    parts.append(provenance([("timing", results)]))
    return "\n".join(parts)


def _overview(results: Results, looks: Mapping[str, Look], figures: Path) -> Iterator[str]:
    """Draw what is of all formulas, of those who are compared: others may be withheld."""
    limits = costs.largest([r for r in results.of(LimitRecord) if r["implementation"] in looks])
    if limits:
        dots = [
            Dot(r["formula"], r["dtype"], r["implementation"], 1 / r["ratio"],
                1 / float(r["high"]), 1 / float(r["low"]))
            for r in limits
        ]  # fmt: skip
        picture = draw(
            "How near to the machine's limit", "share of the limit", dots,
            {r["formula"]: size(r) for r in limits}, looks,
            lambda share: f"{number(100 * share)} %", results.header,
            ["100 %: as fast as the machine moves its bytes or forms its products",
             "99 % intervals"],
            mark=1.0,
        )  # fmt: skip
        save(picture, figures / NEARNESS)
        yield f"![How near to the machine's limit](figures/{NEARNESS})\n"
        yield LIMITS + "\n"
    first = [(r, took) for r, took in costs.first_calls(results) if r["implementation"] in looks]
    if first:
        dots = [
            Dot(r["formula"], r["dtype"], r["implementation"], seconds, seconds, seconds)
            for r, seconds in first
        ]
        picture = draw(
            "What the first call takes", "time of the first call", dots,
            {r["formula"]: size(r) for r, _ in first}, looks,
            EngFormatter(unit="s"), results.header,
            ["at the smallest size, in a fresh process", "medians over processes"],
        )  # fmt: skip
        save(picture, figures / FIRST)
        yield f"![What the first call takes](figures/{FIRST})\n"


def _section(
    formula: str, results: Results, looks: Mapping[str, Look], figures: Path
) -> Iterator[str]:
    """Write what there is about one formula, and draw its pictures."""
    pairs = [pair for pair in results.of(PairRecord) if pair["formula"] == formula]
    yield f"## {escape(formula)}\n"
    if formula in WHAT:
        yield WHAT[formula] + "\n"
    if pairs:
        yield from _times(formula, pairs, results, looks, figures)
    yield from costs.instructions(formula, results)


def _times(
    formula: str,
    pairs: Sequence[PairRecord],
    results: Results,
    looks: Mapping[str, Look],
    figures: Path,
) -> Iterator[str]:
    limits = [limit for limit in results.of(LimitRecord) if limit["formula"] == formula]
    name = f"timing_{''.join(c for c in formula if c.isalnum() or c == '_')}"
    save(forest.draw(formula, pairs, results.header), figures / f"{name}.png")
    yield f"![Times of {escape(formula)}](figures/{name}.png)\n"
    yield _ratios(pairs)
    if len({size(pair) for pair in pairs}) > 1:
        picture = scaling.draw(formula, pairs, limits, looks, results.header)
        save(picture, figures / f"{name}_scaling.png")
        yield f"![Time of {escape(formula)} by size](figures/{name}_scaling.png)\n"
    yield from costs.growth(formula, results)
    yield from costs.limits(formula, results)
    yield from costs.beginnings(formula, results)


def _conditions(results: Results) -> str:
    header, ready = results.header, results.of(PreparationRecord)
    found = header["fingerprint"]
    cpus = sorted({cpu for record in ready for cpu in record["cpus"]})
    loads = [r["numbers"] for r in results.of(FindingRecord) if r["id"] == "load at the end"]
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


def _overhead(ready: Sequence[PreparationRecord]) -> str:
    if not ready:
        return "unknown"
    return f"at most {100 * max(record['overhead'] for record in ready):.2g} % of a block"


def _ratios(pairs: Sequence[PairRecord]) -> str:
    rows = [
        [
            escape(pair["implementation"]),
            pair["dtype"],
            size(pair),
            estimate(pair),
            pair["verdict"],
            scaled(pair["seconds"], SECONDS),
            scaled(pair["baseline_seconds"], SECONDS),
            f"{pair['processes']}, {pair['rounds']}",
        ]
        for pair in sorted(pairs, key=by_dtype_and_size)
    ]
    head = ["", "dtype", size_names(pairs[0]), "ratio and interval", "verdict", "time of a call"]
    return table([*head, "baseline's", "processes, rounds"], rows)


def _changes(results: Results) -> Iterator[str]:
    """Set the ratios of a stored run beside those of this one."""
    found = results.of(ChangeRecord)
    if not found:
        return
    rows = [
        [
            escape(each["implementation"]),
            escape(each["formula"]),
            each["dtype"],
            size(each),
            estimate(each["stored"]),
            estimate(each["now"]),
            estimate(each),
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
    for each in results.of(FindingRecord):
        if each["id"] == "stored pairs not timed":
            yield f"{each['statement'].removesuffix('.')}: {each['numbers']['pairs']}.\n"


def _withheld(results: Results) -> Iterator[str]:
    why: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in results.of(WithheldRecord):
        where = f" at {spelled(record['params'])}" if record["params"] else ""
        told = f"{escape(record['formula'])} {record['dtype']}{where}"
        why[record["implementation"], record["reason"]].append(told)
    if why:
        rows = [
            [escape(name), escape(reason), ", ".join(what)] for (name, reason), what in why.items()
        ]
        yield "## Not timed, and why\n"
        yield "Timed is only what conforms or follows a dialect.\n"
        yield table(["", "reason", "formulas"], rows, align=":--")

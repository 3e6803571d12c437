"""The samples in pytest-benchmark's JSON, for its own tools: compare, histogram, CSV.

What is in there are times per call, block by block, pooled over processes. They are what that
format can hold; the ratios, which pair the blocks of a round, stand beside them as `extra_info`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median_low
from types import SimpleNamespace
from typing import Any

from pytest_benchmark.plugin import (
    pytest_benchmark_generate_json,
    pytest_benchmark_generate_machine_info,
)
from pytest_benchmark.stats import Metadata
from pytest_benchmark.utils import get_commit_info, safe_dumps

from gradmark.benchmarks.machine_info import describe
from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.results import Results
from gradmark.harness.whole_files import written_whole

Samples = dict[tuple[Workload, str], list[Record]]


def save(run: Results, path: Path) -> None:
    """Write a whole run's samples; a file of that name stays as it is until this one is whole.

    Parameters
    ----------
    run : Results
        Of `benchmarks.paired`, with all its records: those of before it was resumed, too.
    path : Path
        The file.
    """
    with written_whole(path) as part:
        text = safe_dumps(document(run), indent=4) + "\n"
        part.write_text(text, encoding="utf-8", newline="\n")


def document(run: Results) -> dict[str, Any]:
    """Make what pytest-benchmark would have saved: a group for a workload, in it the contenders.

    A benchmark's data are the seconds per call of each block. Those of contenders that were
    withheld from a workload are left out, and the baseline where nobody was compared with it.
    """
    machine = pytest_benchmark_generate_machine_info()
    describe(machine, _as_timed(run))
    benchmarks = list(_benchmarks(run))
    made: dict[str, Any] = pytest_benchmark_generate_json(
        config=None,
        benchmarks=benchmarks,
        include_data=True,
        machine_info=machine,
        commit_info=get_commit_info(),
    )
    return made | {"gradmark": run.header}


def _as_timed(run: Results) -> dict[str, Any]:
    """Return the fingerprint, with the BLAS threads that contenders had, not this process."""
    found: dict[str, Any] = run.header["fingerprint"]
    loaded = [each | {"threads": run.header["threads"]} for each in found["blas"]["loaded"]]
    return found | {"blas": found["blas"] | {"loaded": loaded}}


def _benchmarks(run: Results) -> Iterator[Metadata]:
    blocks: Samples = {}
    for block in run.of_kind("block"):
        blocks.setdefault((Workload.of(block), block["implementation"]), []).append(block)
    compared: dict[Workload, list[Record]] = {}
    for pair in run.of_kind("pair"):
        compared.setdefault(Workload.of(pair), []).append(pair)
    for workload, pairs in compared.items():
        baseline = pairs[0]["baseline"]
        yield _benchmark(workload, baseline, blocks[workload, baseline], {"baseline": baseline})
        for pair in pairs:
            name = pair["implementation"]
            about = {key: pair[key] for key in ("baseline", "ratio", "low", "high", "interval")}
            about |= {key: pair[key] for key in ("verdict", "margin", "processes")}
            yield _benchmark(workload, name, blocks[workload, name], about)


def _benchmark(
    workload: Workload, name: str, blocks: Sequence[Record], extra_info: Record
) -> Metadata:
    sizes = "-".join(str(size) for _, size in workload.sizes)
    param = f"{workload.dtype}-{sizes}-{name}"
    fixture = SimpleNamespace(
        name=name,
        fullname=f"benchmarks.paired::{workload.formula}[{param}]",
        group=str(workload),
        param=param,
        params={"formula": workload.formula, "dtype": workload.dtype, **workload.params}
        | {"contender": name},
        extra_info=extra_info,
        cprofile_stats=None,
        has_error=False,
    )
    # The number of calls is found anew in each process: this is one of them, amidst all.
    calls = median_low(block["calls"] for block in blocks)
    benchmark = Metadata(fixture, calls, {"disable_gc": True, "timer": "time.perf_counter_ns"})
    for block in blocks:
        benchmark.stats.update(block["seconds"])
    return benchmark

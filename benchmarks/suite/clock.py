"""Times one workload with pytest-benchmark's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from pytest_benchmark.fixture import BenchmarkFixture

from gradmark.benchmarks.suite.workloads import Workload
from gradmark.harness.records import SampleRecord

Clock = Callable[[Workload], None]


class Effort(NamedTuple):
    """How long one workload is timed: about so many seconds, but so many rounds."""

    seconds: float
    fewest: int
    most: int


FULL = Effort(seconds=0.2, fewest=9, most=400)
QUICK = Effort(seconds=0.03, fewest=5, most=50)


def time_workload(
    benchmark: BenchmarkFixture, workload: Workload, effort: Effort
) -> SampleRecord | None:
    """Time a workload; return its sample, or None where pytest-benchmark is disabled."""
    benchmark.group = str(workload)
    benchmark.extra_info.update(formula=workload.name, **workload.params)
    if benchmark.disabled:
        benchmark(workload.call, *workload.fresh())
        return None
    rounds = _rounds(workload, effort)
    # pytest-benchmark sets up no buffers between the iterations of one round.
    buffers: dict[str, Any] = (
        {"setup": lambda: (workload.fresh(), {})}
        if workload.iterations == 1
        else {"args": workload.fresh(), "iterations": workload.iterations}
    )
    benchmark.pedantic(workload.call, rounds=rounds, **buffers)
    assert benchmark.stats is not None
    return {
        "kind": "sample",
        "group": workload.group,
        "name": workload.name,
        "params": dict(workload.params),
        "element": workload.element,
        # The clock ticks in nanoseconds: what a division adds to them is no digit of a time.
        "rounds": [round(seconds, 10) for seconds in benchmark.stats.stats.data],
        "iterations": workload.iterations,
    }


def _rounds(workload: Workload, effort: Effort) -> int:
    """Warm up, and count the rounds that fit into the effort, fresh buffers included."""
    start = time.perf_counter()
    arguments = workload.fresh()
    for _ in range(workload.iterations):
        workload.call(*arguments)
    spent = time.perf_counter() - start
    return max(effort.fewest, min(effort.most, int(effort.seconds / spent)))

"""What the rules of other tools make of the same blocks, where those tools are installed.

None of them lets two versions take turns: one is measured, then the other. The baseline's blocks
are therefore those of the first half of the processes, the contender's those of the second.
pytest-benchmark measures in one process, and gets the blocks of one each. What follows is each
tool's own code, as its command would call it; that none of it is public is why versions are kept
on record.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

Processes = Sequence[Sequence[float]]  # seconds of a call, by process and block


def pytest_benchmark(before: Processes, after: Processes, margin: float) -> bool:
    """Apply ``--benchmark-compare-fail=mean:5%``."""
    from pytest_benchmark.utils import PercentageRegressionCheck

    means = [{"mean": fmean(processes[0])} for processes in (before, after)]
    check = PercentageRegressionCheck("mean", 100 * margin)
    return bool(check.fails(means[1], means[0]))


def pyperf(before: Processes, after: Processes, margin: float) -> bool:
    """Apply ``pyperf compare_to --min-speed 5``: a t-test of all values, and the ratio of means."""
    from pyperf import Benchmark, Run
    from pyperf._compare import CompareData, CompareResult

    versions = []
    for name, processes in (("before", before), ("after", after)):
        runs = [
            Run(list(seconds), metadata={"name": name}, collect_metadata=False)
            for seconds in processes
        ]
        versions.append(CompareData(name, Benchmark(runs)))
    result = CompareResult(*versions, min_speed=100 * margin)
    return bool(result.significant and result.norm_mean > 1)


def asv(before: Processes, after: Processes, margin: float) -> bool:
    """Apply ``asv compare --factor 1.05``: a rank test of all values, and the ratio of medians."""
    from asv.commands.compare import _is_result_better
    from asv_runner.statistics import compute_stats

    medians, evidence = [], []
    for processes in (before, after):
        samples = [seconds for process in processes for seconds in process]
        median, stats = compute_stats(samples, 1)
        medians.append(median)
        evidence.append((stats, samples))
    return bool(_is_result_better(*medians, *evidence, 1 + margin))


RULES: Mapping[str, Callable[[Processes, Processes, float], bool]] = {
    "pytest-benchmark": pytest_benchmark,
    "pyperf": pyperf,
    "asv": asv,
}


def installed() -> dict[str, str]:
    """Return the version of each tool that is there."""
    there = [name for name in RULES if importlib.util.find_spec(name.replace("-", "_"))]
    return {name: importlib.metadata.version(name) for name in there}


def slower(baseline: Processes, contender: Processes, margin: float) -> dict[str, bool]:
    """Tell which tools would call the contender slower.

    Parameters
    ----------
    baseline, contender : sequence of sequences of float
        Seconds of a call, by process, the same processes in both; at least 2.
    margin : float
        What to tolerate, as a fraction.
    """
    half = len(baseline) // 2
    before, after = baseline[:half], contender[half:]
    return {name: RULES[name](before, after, margin) for name in installed()}

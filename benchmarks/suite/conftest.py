"""Prepares the process, lets pytest-benchmark time the workloads, and keeps the record."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.logger import PytestBenchmarkWarning

from gradmark.benchmarks.machine_info import describe
from gradmark.benchmarks.suite.clock import FULL, QUICK, Clock, time_workload
from gradmark.benchmarks.suite.record import Run
from gradmark.benchmarks.suite.workloads import Workload
from gradmark.harness.fingerprint import fingerprint
from gradmark.pytest_options import add_options

PLUGIN = "gradmark", "gradmark.plugin"  # as it is called where it is installed, and by -p
HERE = Path(__file__).parent
RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the option that only clocks need; the others are the plugin's, if it is there or not."""
    if not any(map(pluginmanager.has_plugin, PLUGIN)):
        add_options(parser)
    parser.getgroup("gradmark").addoption(
        "--gradmark-blas-threads",
        type=int,
        default=1,
        metavar="N",
        help="benchmarks: threads of matrix products [1]",
    )


# --- the process ----------------------------------------------------------------------------------


# Before pytest-benchmark, which asks for the machine info as soon as it is to compare.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix the threads, then take the fingerprint that tells them."""
    if config.option.gradmark:
        raise pytest.UsageError("--gradmark: benchmarks time the reference alone")
    if config.getoption("--benchmark-histogram") and find_spec("pygal") is None:
        # Else told by a traceback, and after everything has been timed.
        raise pytest.UsageError("--benchmark-histogram: needs pygal; pip install pygal pygaljs")
    config.addinivalue_line("markers", "large: a size that --gradmark-quick leaves out")
    # A saved run from another machine, or nothing to save, is worth a warning, not a traceback;
    # pytest-benchmark gives those of a whole session outside of pytest's own filters.
    warnings.filterwarnings("default", category=PytestBenchmarkWarning)
    # It is not used where a check before it failed, which is told already.
    config.addinivalue_line("filterwarnings", "ignore:Benchmark fixture was not used at all")
    if config.option.benchmark_columns is None:
        config.option.benchmark_columns = ["min", "median", "iqr", "rounds", "iterations"]
    _limit_blas(config, config.option.gradmark_blas_threads)
    config.stash[RUN] = Run(
        fingerprint(live=True), config.option.gradmark_seed, config.option.gradmark_quick
    )


def _limit_blas(config: pytest.Config, threads: int) -> None:
    """Set the number of BLAS threads, and see that it is set.

    Environment variables would come too late: NumPy has been imported.
    """
    if threads < 1:
        raise pytest.UsageError(f"--gradmark-blas-threads: expected at least 1, got {threads}")
    limits = threadpoolctl.threadpool_limits(threads, user_api="blas")
    config.add_cleanup(limits.restore_original_limits)
    for library in threadpoolctl.threadpool_info():
        if library["user_api"] == "blas" and library["num_threads"] != threads:
            raise pytest.UsageError(
                f"--gradmark-blas-threads: expected {threads}, but {library['internal_api']} "
                f"keeps {library['num_threads']}"
            )


def pytest_report_header(config: pytest.Config) -> str:
    """Print what a rerun needs."""
    run = config.stash[RUN]
    threads = {library["threads"] for library in run.fingerprint["blas"]["loaded"]} or "unknown"
    return f"gradmark: reference; seed {run.seed}; BLAS threads {threads}"


# --- the tests ------------------------------------------------------------------------------------


def _ours(items: list[pytest.Item]) -> list[str]:
    return [item.nodeid for item in items if item.path.is_relative_to(HERE)]


# Before -k and -m take tests away: what they leave out is to be known too.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the large cases of a quick run."""
    run = config.stash[RUN]
    run.known = _ours(items)
    if run.quick:
        large = [item for item in items if item.get_closest_marker("large")]
        items[:] = [item for item in items if item not in large]
        config.hook.pytest_deselected(items=large)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the results file, now that it is known what will be in it."""
    config = session.config
    run = config.stash[RUN]
    run.choose(_ours(session.items))
    path = config.option.gradmark_results
    if path is None or config.getoption("--collect-only"):
        return
    if len(run.pending) < len(session.items):
        raise pytest.UsageError(
            "--gradmark-results: benchmarks need a run, and a file, of their own"
        )
    run.open(Path(path))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Give each test the run's seed, whatever ran before it."""
    return np.random.default_rng(request.config.stash[RUN].seed)


@pytest.fixture
def clock(request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Clock:
    """Time a workload, and put it on record. What is wrong is to be found before: no test after."""
    run = request.config.stash[RUN]

    def clock(workload: Workload) -> None:
        sample = time_workload(benchmark, workload, QUICK if run.quick else FULL)
        if sample is not None:
            sample["test"] = request.node.nodeid
            run.write(sample)

    return clock


# --- the record -----------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put a failure on record, and tick the test off."""
    report = yield
    run = item.config.stash[RUN]
    if report.failed and call.excinfo is not None:
        said = " ".join(call.excinfo.exconly(tryshort=True).split())
        run.write({"kind": "finding", "id": item.nodeid, "statement": said, "numbers": {}})
    if report.when == "teardown":
        run.pending.discard(item.nodeid)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the results file."""
    session.config.stash[RUN].close()


def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Describe the machine as results files do."""
    describe(machine_info, config.stash[RUN].fingerprint)


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Save where the run came from; called once for each file that is written."""
    output_json["gradmark"] = config.stash[RUN].origin

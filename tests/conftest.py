"""What all tests share."""

from __future__ import annotations

import fcntl
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings

from gradmark.command import main
from gradmark.harness.cache import cache
from gradmark.harness.own_process import settle

settle()
# A machine that is busy fails no test.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


SWEEP = 12  # of so many parameters of a sweep, one is tried unless all are asked for


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let what is tried a few times be tried more often."""
    parser.addoption("--thorough", action="store_true", help="all tests, of which some take long")
    parser.addoption("--moments", type=int, default=2, help="how often runs are killed [2]")
    parser.addoption("--crowd", type=int, default=8, help="contenders in one run [8]")


def pytest_configure(config: pytest.Config) -> None:
    """Declare what is not always tried."""
    config.addinivalue_line("markers", "thorough: takes long, and is tried with --thorough alone")
    config.addinivalue_line("markers", f"sweep: without --thorough, one of {SWEEP} is tried")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what is left out."""
    if _all_are_asked_for(config):
        return None
    return f"what takes long is left out, of sweeps one in {SWEEP} is tried: --thorough tries all"


@pytest.hookimpl(trylast=True)  # of those that `-k` leaves
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless it is asked for."""
    if _all_are_asked_for(config):
        return
    left = {item for item in items if item.get_closest_marker("thorough")}
    sweeps = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sweep"):
            sweeps[item.nodeid.split("[")[0]].append(item)
    for sweep in sweeps.values():
        # By a digest of the name, so that what is tried is mixed, and stays when others join.
        sweep.sort(key=lambda item: crc32(item.nodeid.encode()))
        left.update(sweep[math.ceil(len(sweep) / SWEEP) :])
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


def _all_are_asked_for(config: pytest.Config) -> bool:
    """Whether all are to run: a test that is called by its own name is."""
    return bool(config.getoption("thorough")) or any("::" in each for each in config.args)


@pytest.fixture(scope="session", autouse=True)
def _a_cache_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests build out of the user's cache; but for truth, whose name says what it is."""
    truth = cache("truth")
    truth.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("cache")
        (folder / "truth").symlink_to(truth)
        patch.setenv("GRADMARK_CACHE", str(folder))
        # What tests start are runs of their own: pytest-benchmark times nothing in a worker.
        patch.delenv("PYTEST_XDIST_WORKER", raising=False)
        # In a job at GitHub: the summary tells of the job, not of what tests judge.
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        # What a user has pytest do everywhere is not meant for them.
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        yield


@pytest.fixture(scope="session")
def article_results(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """The article's results file at quick scale with seed 0, computed once for all workers."""
    folder: Path = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # the folder above has those of all workers
        folder = folder.parent
    path = folder / "article.jsonl"
    with (folder / "article.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            draft = folder / "draft.jsonl"
            assert main(["article", "--results", str(draft), "--quick", "--quiet"]) == 0
            draft.rename(path)
    return path

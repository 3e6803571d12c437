"""A run on a Dask cluster: each task is some questions to one contender.

The scheduler deals tasks to workers; records are written here, in the order of a run that is not
divided, and so give its bytes. A worker that dies costs its task another try elsewhere, which is
told; what its judges die of twice gets a verdict that says so. Workers are handed the contenders'
Python; what else these read they see under the same paths, or refuse it.
"""

from __future__ import annotations

import importlib
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gradmark.conformance.engine.judging import (
    failed,
    judge_contender,
    nothing_to_judge,
    undisturbed,
)
from gradmark.conformance.engine.plan import Plan, Say
from gradmark.conformance.engine.records import Record
from gradmark.harness.host import NothingProvidedError
from gradmark.harness.resolve import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS = 8  # in a task: a contender's start is worth as much as one or two; a race more
PATIENCE = 10.0  # seconds for a scheduler to answer
TRIES = 2  # of a task, by workers that die of it, and of starting them
STARTED = "gradmark-started"
_ONE_AT_A_TIME = threading.Lock()  # whatever a worker has threads for


class ClusterLostError(UsageError):
    """The scheduler is gone, and with it what was under way."""

    status = 3  # of the process that ends with it


def on_cluster(told: str, jobs: int) -> Callable[[Plan, Sequence[Record], Say], Iterator[Record]]:
    """Return what judges a plan on a cluster.

    Parameters
    ----------
    told : str
        "dask" for workers here, or "dask=ADDRESS" for those of a scheduler.
    jobs : int
        How many workers there are to be here.

    Raises
    ------
    UsageError
        It means no cluster, Dask is not installed, or the scheduler does not answer.
    """
    kind, _, address = told.partition("=")
    if kind != "dask":
        raise UsageError(f"--cluster: expected dask or dask=ADDRESS, got {told}")
    if find_spec("distributed") is None:
        raise UsageError("--cluster needs Dask: pip install 'gradmark[cluster]'")

    def records(plan: Plan, kept: Sequence[Record], say: Say) -> Iterator[Record]:
        with ExitStack() as stack:
            yield from _judged(_client(stack, address, jobs, say), plan, kept, say)

    return records


def _client(stack: ExitStack, address: str, jobs: int, say: Say) -> Any:
    # As one that is not here to be looked into: it is an extra, and slow to import.
    dask: Any = importlib.import_module("dask")
    distributed: Any = importlib.import_module("distributed")
    # Judges start processes, which a daemonic process may not; and no task is tried for ever.
    settings = {"distributed.worker.daemon": False, "distributed.scheduler.allowed-failures": 1}
    stack.enter_context(dask.config.set(settings))
    if not address:
        address = stack.enter_context(_workers_here(distributed, jobs, say))
    try:
        return stack.enter_context(
            distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"--cluster: no scheduler answers at {address}: {error}") from None


def _workers_here(distributed: Any, jobs: int, say: Say) -> Any:
    """Start workers on this machine: again, where one is killed before it is there."""
    for _ in range(TRIES):
        try:
            return distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        except RuntimeError as error:
            told = str(error)
            say(f"--cluster: {told}")
    raise ClusterLostError(f"--cluster: its workers cannot be started here: {told}")


def _judged(client: Any, plan: Plan, kept: Sequence[Record], say: Say) -> Iterator[Record]:
    starts: Counter[str] = Counter()

    def started(event: tuple[float, Any]) -> None:
        starts[event[1]] += 1
        if starts[event[1]] > 1:
            say(f"{event[1]}: judged again, since the worker that judged it is gone")

    client.subscribe_topic(STARTED, started)
    size = 1 if plan.settings.raced else QUESTIONS
    run = uuid.uuid4().hex  # what another run has found is not taken for this one's
    tasks = []
    for name in plan.typed:
        mine = [record for record in kept if plan.whose(record["implementation"]) == name]
        asked, its_plan = plan.asked_of(name), plan.of(name)
        for at in range(0, len(asked), size):
            some = asked[at : at + size]
            its = [r for r in mine if (r.get("formula"), r.get("dtype")) in some]
            its += [r for r in mine if r["kind"] == "environment"]
            given = its_plan, name, some, its
            key = f"{name}-{at}-{run}"
            tasks.append((name, some, its, client.submit(judge, *given, key=key, pure=False)))
    known = {record["implementation"] for record in kept if record["kind"] == "environment"}
    for name, some, its, future in tasks:
        for record in _result(name, some, its, future):
            if record["kind"] == "environment":
                if name in known:
                    continue
                known.add(name)
            yield record


def _result(
    name: str, some: Sequence[tuple[str, str]], kept: Sequence[Record], future: Any
) -> list[Record]:
    killed: Any = importlib.import_module("distributed.scheduler").KilledWorker
    closed: Any = importlib.import_module("distributed.comm").CommClosedError
    try:
        found: list[Record] = future.result()
    except (CancelledError, closed):
        told = "--cluster: the scheduler is gone; --resume goes on with what is in the file"
        raise ClusterLostError(told) from None
    except killed:
        told = f"the process that judged it died, {TRIES} times"
        judged = {(r["formula"], r["dtype"]) for r in kept if r["kind"] == "verdict"}
        return [failed(name, *question, told) for question in some if question not in judged]
    return found


def judge(
    plan: Plan, name: str, some: Sequence[tuple[str, str]], kept: Sequence[Record]
) -> list[Record]:
    """Put some questions to one contender, on a worker."""
    distributed: Any = importlib.import_module("distributed")
    distributed.get_worker().log_event(STARTED, f"{name}, {' '.join(some[0])}")
    with _ONE_AT_A_TIME, undisturbed():
        try:
            return list(judge_contender(plan, name, kept, questions=some))
        except NothingProvidedError as error:
            return list(nothing_to_judge(plan, name, error, some))

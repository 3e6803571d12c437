"""How fast a workload could be: what the machine is told to do in its turn.

A formula that does little with each number cannot be faster than its bytes move: its limit is an
update in place, x ← x + y, that moves as many, two thirds of them read and a third written. That is
about what an optimizer does, and it moves nothing unseen. A copy may: where the processor reads the
lines that it is about to overwrite, the C library's moved its bytes at half the rate. A loss only
reads, which may be faster still; and one thread moves the bytes, however many a contender has.

`compute_gradients` cannot be faster than its matrix products, here those of NumPy's BLAS at the
workload's shapes and in its dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradmark.benchmarks.inputs import Inputs
from gradmark.benchmarks.paired import costs, machine
from gradmark.benchmarks.paired.workloads import Workload, saved
from gradmark.harness.host import Conditions, Contender
from gradmark.harness.resolve import Target
from gradmark.harness.timing import Job

MACHINE = "the machine"


@dataclass(frozen=True)
class Limit:
    """What bounds a workload from below.

    Parameters
    ----------
    what : str
        "update" or "products": a function of `machine`.
    bytes, operations : int
        What the workload must move, and the floating-point operations that it must carry out.
    """

    what: str
    bytes: int
    operations: int


def limit(workload: Workload) -> Limit | None:
    """Tell what bounds a workload; None where that is neither traffic nor matrix products.

    Examples
    --------
    >>> limit(Workload("SGD", "float32", (("parameters", 1000),)))
    Limit(what='update', bytes=12000, operations=2000)
    """
    formula, params = workload.formula, workload.params
    if formula not in (*costs.PER_ENTRY, "compute_gradients"):
        return None
    what = "products" if formula == "compute_gradients" else "update"
    moved = costs.traffic(formula, params, np.dtype(workload.dtype).itemsize)
    return Limit(what, moved, costs.operations(formula, params))


def job(workload: Workload, seed: int, folder: Path) -> Job:
    """Say what the machine is to do; its arguments lie in that folder from then on."""
    bound = limit(workload)
    assert bound is not None
    if bound.what == "products":
        name = "-".join(["products", workload.dtype, *(str(size) for _, size in workload.sizes)])
        files = saved(folder / name, lambda: _network(workload, seed))
    else:
        length = bound.bytes // (3 * np.dtype(workload.dtype).itemsize)
        files = _two_arrays(folder / f"update-{workload.dtype}-{length}", workload.dtype, length)
    return Job(bound.what, files)


def _two_arrays(folder: Path, dtype: str, length: int) -> tuple[Path, Path]:
    """Make files of zeros, which no disk need hold."""
    files = folder / "x.npy", folder / "y.npy"
    folder.mkdir(exist_ok=True)
    for file in files:
        if not file.exists():
            np.lib.format.open_memmap(file, "w+", np.dtype(dtype), (length,))
    return files


def _network(workload: Workload, seed: int) -> Inputs:
    X, y, W1, b1, W2, _ = workload.inputs(seed)
    results = [(len(X), b1.size), y.shape, W2.shape, (len(X), b1.size), W1.shape]
    return X, W1, W2, *(np.zeros(shape, workload.dtype) for shape in results)


def the_machine(timeout: float, conditions: Conditions) -> Contender:
    """Return the machine as a contender."""
    return Contender(
        Target(MACHINE, path=Path(machine.__file__)),
        names=machine.__all__,
        timeout=timeout,
        conditions=conditions,
    )

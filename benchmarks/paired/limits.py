"""How fast a workload could be: what the machine is told to do in its turn.

A formula that does little with each number cannot be faster than its bytes move: its limit is a
copy of so many bytes that as many are moved, half of them read and half of them written. A loss
writes nothing, and reading alone may be faster than a copy. `compute_gradients` cannot be faster
than its matrix products, here those of NumPy's BLAS at the workload's shapes and in its dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.paired import costs, machine
from benchmarks.paired.workloads import Workload, saved
from benchmarks.workloads import Inputs
from harness.host import Conditions, Contender
from harness.resolve import Target
from harness.timing import Job

MACHINE = "the machine"


@dataclass(frozen=True)
class Limit:
    """What bounds a workload from below.

    Parameters
    ----------
    what : str
        "copy" or "products": a function of `machine`.
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
    Limit(what='copy', bytes=12000, operations=2000)
    """
    formula, params = workload.formula, workload.params
    if formula not in (*costs.PER_ENTRY, "compute_gradients"):
        return None
    what = "products" if formula == "compute_gradients" else "copy"
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
        half = bound.bytes // 2
        files = _two_arrays(folder / f"copy-{half}", half)
    return Job(bound.what, files)


def _two_arrays(folder: Path, length: int) -> tuple[Path, Path]:
    """Make files of zeros, which no disk need hold."""
    files = folder / "to.npy", folder / "from.npy"
    folder.mkdir(exist_ok=True)
    for file in files:
        if not file.exists():
            np.lib.format.open_memmap(file, "w+", np.dtype("u1"), (length,))
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

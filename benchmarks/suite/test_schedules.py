"""Each schedule, for one epoch and for an array of epochs."""

import numpy as np
import pytest

from gradmark.benchmarks.suite.clock import Clock
from gradmark.benchmarks.suite.sizes import cases, of_kind
from gradmark.benchmarks.suite.workloads import schedule


@pytest.mark.parametrize(
    ("name", "epochs"),
    cases(of_kind("schedule"), [1, 10**3]),
)
def test_schedule(clock: Clock, name: str, epochs: int) -> None:
    """Time a schedule, after seeing that it gives a finite rate to each epoch."""
    workload = schedule(name, epochs)
    rates = workload.call(*workload.fresh())
    assert np.shape(rates) == (() if epochs == 1 else (epochs,))
    assert np.isfinite(rates).all()
    clock(workload)

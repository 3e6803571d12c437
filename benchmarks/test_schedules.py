"""Each schedule, for one epoch and for an array of epochs."""

import numpy as np
import pytest

from gradmark.benchmarks.clock import Clock
from gradmark.benchmarks.sizes import cases
from gradmark.benchmarks.workloads import schedule


@pytest.mark.parametrize(
    ("name", "epochs"),
    cases(["step_decay", "exponential_decay", "cosine_annealing", "warmup_cosine"], [1, 10**3]),
)
def test_schedule(clock: Clock, name: str, epochs: int) -> None:
    """Time a schedule, after seeing that it gives a finite rate to each epoch."""
    workload = schedule(name, epochs)
    rates = workload.call(*workload.fresh())
    assert np.shape(rates) == (() if epochs == 1 else (epochs,))
    assert np.isfinite(rates).all()
    clock(workload)

"""One step of each optimizer, over the number of parameters."""

import numpy as np
import pytest

from gradmark.benchmarks.suite.clock import Clock
from gradmark.benchmarks.suite.sizes import cases, of_kind
from gradmark.benchmarks.suite.workloads import optimizer_step


@pytest.mark.parametrize(
    ("optimizer", "parameters"),
    cases(of_kind("optimizer"), [10**3, 10**5, 10**7]),
)
def test_step(clock: Clock, rng: np.random.Generator, optimizer: str, parameters: int) -> None:
    """Time one step, after seeing that it moves the weights to finite numbers."""
    workload = optimizer_step(optimizer, parameters, rng)
    stepped, w, grad = workload.fresh()
    result = workload.call(stepped, w, grad)
    assert result.shape == w.shape
    assert np.isfinite(result).all()
    assert not np.array_equal(result, w)
    clock(workload)

"""Each loss, over the number of elements."""

import numpy as np
import pytest

from gradmark.benchmarks.suite.clock import Clock
from gradmark.benchmarks.suite.sizes import cases, of_kind
from gradmark.benchmarks.suite.workloads import loss


@pytest.mark.parametrize(
    ("name", "elements"),
    cases(of_kind("loss"), [10**3, 10**6]),
)
def test_loss(clock: Clock, rng: np.random.Generator, name: str, elements: int) -> None:
    """Time a loss, after seeing that it is one positive number."""
    workload = loss(name, elements, rng)
    value = workload.call(*workload.fresh())
    assert np.ndim(value) == 0
    assert np.isfinite(value)
    assert value > 0
    clock(workload)

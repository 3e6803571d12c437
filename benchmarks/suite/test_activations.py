"""Each activation and its derivative, over the number of elements."""

import numpy as np
import pytest

from gradmark.benchmarks.suite.clock import Clock
from gradmark.benchmarks.suite.sizes import cases, of_kind
from gradmark.benchmarks.suite.workloads import activation


@pytest.mark.parametrize(
    ("name", "elements"),
    cases(of_kind("activation"), [10**3, 10**6]),
)
def test_activation(clock: Clock, rng: np.random.Generator, name: str, elements: int) -> None:
    """Time an activation, after seeing that it is finite everywhere."""
    workload = activation(name, elements, rng)
    result = workload.call(*workload.fresh())
    assert result.size == elements
    assert np.isfinite(result).all()
    clock(workload)

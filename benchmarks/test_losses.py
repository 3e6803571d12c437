"""Each loss, over the number of elements."""

import numpy as np
import pytest

from gradmark.benchmarks.clock import Clock
from gradmark.benchmarks.sizes import cases
from gradmark.benchmarks.workloads import loss


@pytest.mark.parametrize(
    ("name", "elements"),
    cases(["mse_loss", "binary_cross_entropy", "categorical_cross_entropy"], [10**3, 10**6]),
)
def test_loss(clock: Clock, rng: np.random.Generator, name: str, elements: int) -> None:
    """Time a loss, after seeing that it is one positive number."""
    workload = loss(name, elements, rng)
    value = workload.call(*workload.fresh())
    assert np.ndim(value) == 0
    assert np.isfinite(value)
    assert value > 0
    clock(workload)

"""Forward and backward pass in matrices against loops, over batch and width."""

import numpy as np
import pytest

from gradmark.benchmarks.suite.clock import Clock
from gradmark.benchmarks.suite.sizes import grid
from gradmark.benchmarks.suite.workloads import backprop
from gradmark.reference import network

# The two forms add the same terms in different orders, at most 256 samples of 16 + 256 products:
# errors stay below (256 + 272) u ≈ 6e-14 of the terms' size, which cancellation makes up to a
# hundred times that of the largest entry. A wrong formula is off in the first digits.
TOLERANCE = 1e-11


@pytest.mark.parametrize(
    ("form", "batch", "width"), grid(["vectorized", "loops"], [1, 16, 256], [4, 32, 256])
)
def test_gradients(
    clock: Clock, rng: np.random.Generator, form: str, batch: int, width: int
) -> None:
    """Time both forms, after seeing that they agree."""
    workload = backprop(form, batch, width, rng)
    others = {
        "vectorized": network.loop_compute_gradients,
        "loops": network.compute_gradients,
    }
    arguments = workload.fresh()
    for got, expected in zip(workload.call(*arguments), others[form](*arguments), strict=True):
        np.testing.assert_allclose(
            got, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max(), strict=True
        )
    clock(workload)

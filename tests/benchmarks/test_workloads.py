import numpy as np
import pytest

from gradmark.benchmarks.suite.workloads import (
    Arguments,
    Workload,
    activation,
    backprop,
    loss,
    optimizer_step,
)


def workloads(seed: int) -> list[Workload]:
    rng = np.random.default_rng(seed)
    return [
        optimizer_step("Adam", 10, rng),
        loss("mse_loss", 20, rng),
        loss("categorical_cross_entropy", 20, rng),
        activation("sigmoid_derivative", 10, rng),
        backprop("vectorized", 3, 4, rng),
        backprop("loops", 3, 4, rng),
    ]


def arrays(arguments: Arguments) -> list[np.ndarray]:
    return [argument for argument in arguments if isinstance(argument, np.ndarray)]


@pytest.mark.parametrize("workload", workloads(0), ids=lambda w: f"{w.group}-{w.name}")
def test_each_round_has_the_same_values_in_buffers_of_its_own(workload: Workload) -> None:
    first, second = workload.fresh(), workload.fresh()
    for one, other in zip(arrays(first), arrays(second), strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)
    np.testing.assert_equal(workload.call(*first), workload.call(*second))


def test_each_round_of_an_optimizer_starts_from_the_same_state() -> None:
    workload = optimizer_step("Adam", 10, np.random.default_rng(0))
    optimizer, w, grad = workload.fresh()
    assert optimizer.t == 1
    workload.call(optimizer, w, grad)
    another = workload.fresh()[0]
    assert (optimizer.t, another.t) == (2, 1)
    assert not np.shares_memory(optimizer.m, another.m)


def test_inputs_follow_the_seed() -> None:
    for one, same, other in zip(workloads(1), workloads(1), workloads(2), strict=True):
        for a, b in zip(arrays(one.fresh()), arrays(same.fresh()), strict=True):
            np.testing.assert_array_equal(a, b)
        assert not np.array_equal(arrays(one.fresh())[0], arrays(other.fresh())[0]) or (
            one.name == "categorical_cross_entropy"  # its labels come first: two of ten classes
        )


def test_both_forms_of_backpropagation_get_the_same_inputs() -> None:
    vectorized, loops = (
        backprop(form, 3, 4, np.random.default_rng(0)) for form in ("vectorized", "loops")
    )
    for a, b in zip(vectorized.fresh(), loops.fresh(), strict=True):
        np.testing.assert_array_equal(a, b)

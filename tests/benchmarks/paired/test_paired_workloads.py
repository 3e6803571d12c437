from pathlib import Path

import numpy as np
import pytest

from gradmark.benchmarks.paired import limits
from gradmark.benchmarks.paired.limits import limit
from gradmark.benchmarks.paired.workloads import EPOCHS, RATE, TRAINING, Workload, workloads
from gradmark.harness.contract import CONTRACT
from gradmark.harness.stopwatch import training
from gradmark.reference import SGD, compute_gradients
from gradmark.reference.network import XOR_X, XOR_Y, initialize, train

RUN = Workload(TRAINING, "float64", (("epochs", EPOCHS),))
ADAM = Workload("Adam", "float32", (("parameters", 10),))


def test_a_training_run_starts_where_the_articles_does(tmp_path: Path) -> None:
    job = RUN.job(7, tmp_path)
    assert (job.name, job.hyper, job.epochs) == ("SGD", {"lr": 0.5}, 100)
    X, y, W1, b1, W2, b2 = (np.load(file) for file in job.files)
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [[0], [1], [1], [0]]
    # np.random.seed(42); np.random.randn(2, 4) begins 0.4967, -0.1383, 0.6477, 1.5230.
    np.testing.assert_allclose(W1[0], [0.24836, -0.06913, 0.32384, 0.76151], atol=1e-5)
    assert (b1.shape, W2.shape, b2.shape) == ((1, 4), (4, 1), (1, 1))
    assert not b1.any()
    assert not b2.any()


def test_a_training_run_ends_where_training_does() -> None:
    run = training(compute_gradients, [SGD(lr=RATE).step for _ in range(4)], EPOCHS)
    expected = train(XOR_X, XOR_Y, *initialize(), lr=RATE, epochs=EPOCHS)
    for got, wanted in zip(run(XOR_X, XOR_Y, *initialize()), expected[1:], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_a_training_run_needs_both_its_formulas_and_has_no_limit() -> None:
    assert RUN.needs == ("compute_gradients", "SGD")
    assert limit(RUN) is None


def test_every_other_workload_is_one_formula_of_the_contract_and_has_a_limit() -> None:
    for workload in workloads():
        if workload.formula != TRAINING:
            assert workload.formula in CONTRACT
            assert workload.needs == (workload.formula,)
            assert limit(workload) is not None


def test_a_step_has_weights_and_gradients_that_optimizers_share(tmp_path: Path) -> None:
    job = ADAM.job(0, tmp_path)
    assert (job.name, job.epochs) == ("Adam", 0)
    assert set(job.hyper or {}) == {"lr", "beta1", "beta2", "epsilon"}
    sgd = Workload("SGD", "float32", (("parameters", 10),)).job(0, tmp_path)
    assert sgd.files == job.files
    w, grad = (np.load(file) for file in job.files)
    assert w.dtype == grad.dtype == np.float32
    assert w.shape == grad.shape == (10,)
    assert set(w).isdisjoint(grad)


@pytest.mark.parametrize(
    ("workload", "length"),
    [
        # 7 arrays of 10 numbers are moved; an update reads two of its own, and writes one.
        (ADAM, 23),
        (Workload("SGD", "float64", (("parameters", 9),)), 9),
        (Workload("relu", "float64", (("elements", 9),)), 6),
    ],
    ids=str,
)
def test_the_machine_moves_as_much(workload: Workload, length: int, tmp_path: Path) -> None:
    job = limits.job(workload, 0, tmp_path)
    assert job.name == "update"
    x, y = (np.load(file) for file in job.files)
    assert x.shape == y.shape == (length,)
    assert x.dtype == y.dtype == workload.dtype
    assert limits.job(workload, 0, tmp_path) == job


def test_the_machine_multiplies_matrices_of_the_workloads_shapes(tmp_path: Path) -> None:
    workload = Workload("compute_gradients", "float32", (("batch", 5), ("width", 3)))
    job = limits.job(workload, 0, tmp_path)
    arrays = [np.load(file) for file in job.files]
    assert job.name == "products"
    assert [a.shape for a in arrays] == [
        *((5, 3), (3, 3), (3, 1)),  # X, W1, W2
        *((5, 3), (5, 1), (3, 1), (5, 3), (3, 3)),  # z1, z2, dW2, da1, dW1
    ]
    assert {a.dtype for a in arrays} == {np.dtype("float32")}

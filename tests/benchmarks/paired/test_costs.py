"""What the table of costs says, counted on the formulas as the article prints them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired import costs
from gradmark.benchmarks.paired.costs import multiply_adds, operations, size, traffic
from gradmark.benchmarks.paired.machine import products, update
from gradmark.benchmarks.paired.workloads import Workload, workloads

N = 12


class Counted(np.ndarray[Any, Any]):
    """An array that counts the operations on its entries; signs are free."""

    count = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **rest: Any) -> Any:
        plain = [np.asarray(x) if isinstance(x, Counted) else x for x in inputs]
        if ufunc is not np.negative:
            Counted.count += plain[0].size if method == "reduce" else np.broadcast(*plain).size
        return np.asarray(getattr(ufunc, method)(*plain, **rest)).view(Counted)


def mse(y: Any, p: Any) -> Any:
    return ((y - p) ** 2).sum() / N


def binary(y: Any, p: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / N


def categorical(y: Any, p: Any) -> Any:
    return -(y * np.log(p)).sum() / N


def momentum(w: Any, g: Any, v: Any) -> Any:
    v = 0.9 * v + 0.1 * g
    return w - v, v


def rmsprop(w: Any, g: Any, s: Any) -> Any:
    s = 0.9 * s + (1 - 0.9) * g**2
    return w - 0.1 * g / np.sqrt(s + 1e-8), s


def adam(w: Any, g: Any, m: Any, v: Any) -> Any:
    m = 0.9 * m + (1 - 0.9) * g
    v = 0.999 * v + (1 - 0.999) * g**2
    m_hat, v_hat = m / (1 - 0.9**2), v / (1 - 0.999**2)
    return w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8), m, v


PRINTED: dict[str, tuple[Callable[..., Any], int]] = {
    "mse_loss": (mse, 2),
    "binary_cross_entropy": (binary, 2),
    "categorical_cross_entropy": (categorical, 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), 1),
    "sigmoid_derivative": (lambda a: a * (1 - a), 1),
    "relu": (lambda z: np.maximum(0, z), 1),
    "relu_derivative": (lambda z: z > 0, 1),
    "SGD": (lambda w, g: w - 0.1 * g, 2),
    "SGDMomentum": (momentum, 3),
    "RMSprop": (rmsprop, 3),
    "Adam": (adam, 4),
}


@pytest.mark.parametrize("formula", PRINTED)
def test_operations_are_those_of_the_printed_formula(formula: str) -> None:
    body, inputs = PRINTED[formula]
    arrays = [np.full(N, 0.25).view(Counted) for _ in range(inputs)]
    Counted.count = 0
    body(*arrays)
    # A mean's division is one operation, whatever its size.
    of_the_mean = 1 if formula.endswith(("loss", "entropy")) else 0
    assert operations(formula, {"n": N}) == Counted.count - of_the_mean


@pytest.mark.parametrize("formula", PRINTED)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes_are_those_of_what_goes_in_and_what_comes_out(formula: str, dtype: Any) -> None:
    body, inputs = PRINTED[formula]
    arrays = [np.full(N, 0.25, dtype) for _ in range(inputs)]
    answer = body(*arrays)
    answers = [a.astype(dtype) for a in (answer if isinstance(answer, tuple) else (answer,))]
    moved = sum(a.nbytes for a in [*arrays, *answers] if a.ndim)  # a loss is a number
    assert traffic(formula, {"n": N}, np.dtype(dtype).itemsize) == moved


def test_gradients_move_the_batch_the_weights_and_their_gradients() -> None:
    workload = Workload("compute_gradients", "float32", (("batch", 5), ("width", 3)))
    X, y, *weights = workload.inputs(0)
    moved = X.nbytes + y.nbytes + 2 * sum(w.nbytes for w in weights)
    assert traffic("compute_gradients", workload.params, 4) == moved


def test_adam_moves_seven_arrays_and_momentum_and_rmsprop_five() -> None:
    moved = [traffic(name, {"n": 1}, 1) for name in ("SGD", "SGDMomentum", "RMSprop", "Adam")]
    assert moved == [3, 5, 5, 7]


def test_products_are_counted_entry_by_entry() -> None:
    n, h = 3, 2
    counted = 0
    # Each entry of a product (r, s)(s, t) takes s multiplications with an addition.
    for r, s, t in ((n, h, h), (n, h, 1), (h, n, 1), (n, 1, h), (h, n, h)):
        counted += sum(s for _ in range(r) for _ in range(t))
    params = {"batch": n, "width": h}
    assert multiply_adds(params) == counted
    assert operations("compute_gradients", params) == 2 * counted
    assert size("compute_gradients", params) == ("multiply-adds", counted)


def test_whatever_is_timed_at_two_sizes_has_a_size_that_grows() -> None:
    found: dict[str, list[int]] = {}
    for workload in workloads():
        found.setdefault(workload.formula, []).append(size(workload.formula, workload.params)[1])
    assert all(len(set(sizes)) * 2 == len(sizes) for sizes in found.values())  # in two dtypes
    assert {name for name in found if name not in (*costs.PER_ENTRY, "compute_gradients")} == {
        "training"
    }


def test_the_machine_forms_the_networks_products() -> None:
    n, h = 5, 3
    workload = Workload("compute_gradients", "float64", (("batch", n), ("width", h)))
    X, _, W1, _, W2, _ = workload.inputs(0)
    results = [np.full(shape, np.nan) for shape in ((n, h), (n, 1), (h, 1), (n, h), (h, h))]
    products(X, W1, W2, *results)
    z1 = np.einsum("nd,dh->nh", X, W1)
    z2 = np.einsum("nh,hk->nk", z1, W2)
    da1 = np.einsum("nk,hk->nh", z2, W2)
    expected = z1, z2, np.einsum("nh,nk->hk", z1, z2), da1, np.einsum("nd,nh->dh", X, da1)
    for got, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_the_machine_adds_in_place() -> None:
    x, y = np.ones(4), np.arange(4.0)
    assert update(x, y) is x  # type: ignore[no-untyped-call]  # the stubs leave it open
    assert x.tolist() == [1, 2, 3, 4]
    assert y.tolist() == [0, 1, 2, 3]

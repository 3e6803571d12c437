"""The network equals the equations at 50 digits, its gradients differentiate its loss."""

from typing import Any

import mpmath
import numpy as np
import pytest

from gradmark.reference.network import (
    XOR_X,
    XOR_Y,
    Training,
    backward,
    compute_gradients,
    compute_loss,
    forward,
    initialize,
    loop_compute_gradients,
    loop_compute_loss,
    mlp_gradients,
    mlp_loss,
    train,
)

U = float(np.finfo(np.float64).eps)
U32 = float(np.finfo(np.float32).eps)
SHAPES = [(1, 1, 1, 1), (4, 2, 4, 1), (2, 2, 3, 1), (7, 3, 5, 2), (3, 5, 2, 4)]


def random_network(shape: tuple[int, int, int, int], seed: int) -> Any:
    n, d, h, k = shape
    random = np.random.default_rng(seed)
    X = random.standard_normal((n, d))
    y = random.integers(0, 2, (n, k)).astype(float)
    parameters = (random.standard_normal(s) for s in ((d, h), (1, h), (h, k), (1, k)))
    return X, y, *parameters


def train_network(network: Any, lr: float, epochs: int) -> Training:
    X, y, W1, b1, W2, b2 = network
    return train(X, y, W1, b1, W2, b2, lr=lr, epochs=epochs)


def exact_loss(X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """Evaluate −(1/n) Σᵢ Σₒ [y log a2 + (1−y) log(1−a2)] in mpmath's precision."""
    total = mpmath.mpf(0)
    for x, labels in zip(X, y, strict=True):
        z1 = [b1[0][j] + sum(x[i] * W1[i][j] for i in range(len(x))) for j in range(len(b1[0]))]
        a1 = [max(z, mpmath.mpf(0)) for z in z1]
        for o, label in enumerate(labels):
            a2 = 1 / (1 + mpmath.exp(-b2[0][o] - sum(a * W2[j][o] for j, a in enumerate(a1))))
            total -= mpmath.log(a2) if label else mpmath.log(1 - a2)
    return total / len(X)


def exact(array: Any) -> list[list[Any]]:
    return [[mpmath.mpf(float(value)) for value in row] for row in array]


@pytest.mark.parametrize("shape", SHAPES)
def test_loss_equals_the_equations_at_50_digits(shape: tuple[int, int, int, int]) -> None:
    network = random_network(shape, seed=5)
    with mpmath.workdps(50):
        expected = exact_loss(*map(exact, network))
        # each of nk terms comes through d + h + 2 products of size 1
        assert abs(float(compute_loss(*network)) - expected) < 1e-14 * (1 + expected)
        assert abs(loop_compute_loss(*network) - expected) < 1e-14 * (1 + expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_equal_the_numerical_derivative_of_the_loss_at_50_digits(
    shape: tuple[int, int, int, int],
) -> None:
    network = random_network(shape, seed=6)
    gradients = compute_gradients(*network)
    with mpmath.workdps(50):
        arguments = [exact(array) for array in network]
        h = mpmath.mpf(10) ** -15
        for which, gradient in enumerate(gradients, start=2):
            for i, j in np.ndindex(gradient.shape):
                values = []
                for step in (h, -h):
                    moved = [[list(row) for row in rows] for rows in arguments]
                    moved[which][i][j] += step
                    values.append(exact_loss(*moved))
                # truncation h² = 1e-30; the gradient's own roundoff is a few u
                difference = (values[0] - values[1]) / (2 * h)
                assert abs(float(gradient[i, j]) - difference) < 1e-14


@pytest.mark.parametrize("seed", range(20))
def test_matrices_and_loops_agree_for_every_shape(seed: int) -> None:
    n, d, h, k = np.random.default_rng(seed).integers(1, 9, 4).tolist()
    network = random_network((n, d, h, k), seed)
    assert float(compute_loss(*network)) == pytest.approx(
        loop_compute_loss(*network), rel=1e-13, abs=0
    )
    for matrix, loop in zip(
        compute_gradients(*network), loop_compute_gradients(*network), strict=True
    ):
        # sums of at most 64 terms of size 10, in another order
        np.testing.assert_allclose(matrix, loop, rtol=0, atol=64 * 10 * U)


def test_a_network_worked_by_hand() -> None:
    # z1 = 1·2 + 2·(−1) + 1 = 1 and 1·(−1) + 2·0 + 0 = −1; a1 = 1, 0; z2 = 3·1 + 5·0 − 3 = 0
    network = ([[1.0, 2.0]], [[2.0, -1.0], [-1.0, 0.0]], [[1.0, 0.0]], [[3.0], [5.0]], [[-3.0]])
    X, *parameters = network
    steps = forward(X, *parameters)
    np.testing.assert_array_equal(steps.z1, [[1.0, -1.0]])
    np.testing.assert_array_equal(steps.a1, [[1.0, 0.0]])
    np.testing.assert_array_equal(steps.z2, [[0.0]])
    np.testing.assert_array_equal(steps.a2, [[0.5]])
    # y = 1: dz2 = ½ − 1; da1 = −½ (3, 5); dz1 = da1 where z1 > 0
    back = backward(X, [[1.0]], *parameters)
    np.testing.assert_array_equal(back.dz2, [[-0.5]])
    np.testing.assert_array_equal(back.dW2, [[-0.5], [0.0]])
    np.testing.assert_array_equal(back.db2, [[-0.5]])
    np.testing.assert_array_equal(back.da1, [[-1.5, -2.5]])
    np.testing.assert_array_equal(back.dz1, [[-1.5, 0.0]])
    np.testing.assert_array_equal(back.dW1, [[-1.5, 0.0], [-3.0, 0.0]])
    np.testing.assert_array_equal(back.db1, [[-1.5, 0.0]])


def test_the_mean_over_samples_enters_at_the_parameters_not_at_dz() -> None:
    X, y, *parameters = random_network((3, 2, 4, 1), seed=7)
    once = backward(X, y, *parameters)
    twice = backward(np.vstack([X, X]), np.vstack([y, y]), *parameters)
    for name in ("dz2", "da1", "dz1"):
        # one row a sample: each is its own loss's, however many samples there are
        both = np.vstack([getattr(once, name)] * 2)
        np.testing.assert_allclose(getattr(twice, name), both, rtol=0, atol=16 * U)
    for name in ("dW1", "db1", "dW2", "db2"):
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=0, atol=16 * U)


def test_the_loss_sums_over_outputs_and_its_mean_over_elements_is_k_times_smaller() -> None:
    X, y, W1, b1, W2, b2 = random_network((5, 2, 3, 4), seed=8)
    by_output = [
        float(compute_loss(X, y[:, [o]], W1, b1, W2[:, [o]], b2[:, [o]])) for o in range(4)
    ]
    assert float(compute_loss(X, y, W1, b1, W2, b2)) == pytest.approx(
        sum(by_output), rel=1e-14, abs=0
    )


@pytest.mark.parametrize(("label", "z", "loss"), [(1.0, -800.0, 800.0), (0.0, 800.0, 800.0)])
def test_a_confidently_wrong_prediction_costs_its_logit_and_is_still_pulled_back(
    label: float, z: float, loss: float
) -> None:
    # the article's 1e-15 inside the logarithm would stop the loss at −log 1e-15 = 34.5
    network = ([[1.0]], [[label]], [[1.0]], [[0.0]], [[z]], [[0.0]])
    assert compute_loss(*network) == loop_compute_loss(*network) == loss
    for gradients in (compute_gradients(*network), loop_compute_gradients(*network)):
        assert gradients[2] == gradients[3] == 1 - 2 * label


@pytest.mark.parametrize(("label", "z"), [(1.0, 100.0), (0.0, -100.0)])
def test_a_right_predictions_small_error_does_not_cancel_away(label: float, z: float) -> None:
    network = ([[1.0]], [[label]], [[1.0]], [[0.0]], [[z]], [[0.0]])
    with mpmath.workdps(50):
        error = float(1 / (1 + mpmath.exp(100))) * (1 - 2 * label)
    assert backward(*network).dz2[0, 0] == pytest.approx(error, rel=4 * U, abs=0)
    assert loop_compute_gradients(*network)[3][0, 0] == pytest.approx(error, rel=4 * U, abs=0)


def test_relu_passes_nothing_back_at_zero() -> None:
    network = ([[0.0]], [[1.0]], [[1.0]], [[0.0]], [[1.0]], [[0.0]])
    for dW1, db1, _, _ in (compute_gradients(*network), loop_compute_gradients(*network)):
        assert dW1 == db1 == 0


def test_float32_stays_float32() -> None:
    network: Any = [array.astype(np.float32) for array in random_network((4, 2, 3, 2), seed=9)]
    X, _, *parameters = network
    assert compute_loss(*network).dtype == np.float32
    assert {step.dtype for step in forward(X, *parameters)} == {np.dtype(np.float32)}
    assert {step.dtype for step in backward(*network)} == {np.dtype(np.float32)}
    assert {weight.dtype for weight in train_network(network, 0.1, 2)[1:]} == {np.dtype(np.float32)}
    # the loops compute in float64 whatever they are given
    double: Any = [array.astype(np.float64) for array in network]
    for loop, expected in zip(
        loop_compute_gradients(*network), loop_compute_gradients(*double), strict=True
    ):
        np.testing.assert_array_equal(loop, expected)
    # of sums of fewer than 16 terms of size 10
    for single, expected in zip(
        compute_gradients(*network), compute_gradients(*double), strict=True
    ):
        np.testing.assert_allclose(single, expected, rtol=0, atol=160 * U32)


def test_initial_parameters_are_half_the_legacy_stream_of_seed_42() -> None:
    # the first normals after np.random.seed(42), whose stream NumPy has frozen (NEP 19)
    stream = [0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254]
    W1, b1, W2, b2 = initialize()
    np.testing.assert_array_equal(W1[0], 0.5 * np.array(stream))
    assert (W1.shape, b1.shape, W2.shape, b2.shape) == ((2, 4), (1, 4), (4, 1), (1, 1))
    assert not b1.any()
    assert not b2.any()
    small = initialize(hidden=3)
    np.testing.assert_array_equal(small.W1.ravel(), [*W1.ravel()[:6]])
    np.testing.assert_array_equal(small.W2.ravel(), [*W1.ravel()[6:], W2[0, 0]])
    assert not np.array_equal(initialize(seed=1).W1, W1)


def test_training_records_the_loss_before_each_update_and_changes_no_argument() -> None:
    network = random_network((6, 2, 3, 1), seed=10)
    copies = [array.copy() for array in network]
    three = train_network(network, 0.2, 3)
    two = train_network(network, 0.2, 2)
    for array, copy in zip(network, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert three.losses.shape == (3,)
    assert three.losses[0] == compute_loss(*network)
    assert three.losses[2] == compute_loss(network[0], network[1], *two[1:])
    none = train_network(network, 0.2, 0)
    assert none.losses.shape == (0,)
    for parameter, start in zip(none[1:], network[2:], strict=True):
        np.testing.assert_array_equal(parameter, start)
        assert parameter is not start


def test_one_epoch_moves_every_parameter_against_its_gradient() -> None:
    network = random_network((6, 2, 3, 2), seed=11)
    trained = train_network(network, 0.5, 1)
    for after, before, gradient in zip(
        trained[1:], network[2:], loop_compute_gradients(*network), strict=True
    ):
        np.testing.assert_allclose(after, before - 0.5 * gradient, rtol=0, atol=100 * U)


def test_the_articles_xor_network_stalls_with_three_samples_at_two_thirds() -> None:
    trained = train(XOR_X, XOR_Y, *initialize(), 0.5, 1000)
    with mpmath.workdps(50):
        first = exact_loss(*map(exact, (XOR_X, XOR_Y, *initialize())))
        assert abs(trained.losses[0] - first) < 1e-15
    # (0,0), (0,1) and (1,0), with labels 0, 1, 1, get one prediction, whose best is their mean
    # ⅔; that leaves ¾ of the entropy of ⅓, and (1,1) is told apart
    predictions = forward(XOR_X, *trained[1:]).a2[:, 0]
    np.testing.assert_allclose(predictions, [2 / 3, 2 / 3, 2 / 3, 0], rtol=0, atol=2e-3)
    stall = 0.75 * (np.log(3) - 2 / 3 * np.log(2))
    assert stall < trained.losses[-1] < stall + 1e-3


def test_the_xor_data_cannot_be_changed_by_accident() -> None:
    for data in (XOR_X, XOR_Y):
        with pytest.raises(ValueError, match="read-only"):
            data[0, 0] = 1
    np.testing.assert_array_equal(XOR_Y[:, 0], XOR_X[:, 0] != XOR_X[:, 1])


@pytest.mark.parametrize("function", [compute_loss, compute_gradients, backward, loop_compute_loss])
@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (0, np.ones(4), r"X: expected shape \(n, d\), got \(4,\)"),
        (0, np.ones((0, 2)), r"X: expected at least one element, got shape \(0, 2\)"),
        (1, np.ones(4), r"y: expected shape \(4, 2\), got \(4,\)"),
        (1, np.ones((4, 1)), r"y: expected shape \(4, 2\), got \(4, 1\)"),
        (1, np.full((4, 2), 1.5), r"y: expected numbers in \[0, 1\], got 1.5"),
        (2, np.ones((3, 3)), r"W1: expected shape \(2, h\), got \(3, 3\)"),
        (3, np.ones(3), r"b1: expected shape \(1, 3\), got \(3,\)"),
        (4, np.ones((2, 2)), r"W2: expected shape \(3, k\), got \(2, 2\)"),
        (5, np.ones((2, 1)), r"b2: expected shape \(1, 2\), got \(2, 1\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(
    function: Any, position: int, value: Any, message: str
) -> None:
    network: list[Any] = list(random_network((4, 2, 3, 2), seed=12))
    network[position] = value
    with pytest.raises(ValueError, match=message):
        function(*network)


def test_training_and_initialization_refuse_impossible_sizes() -> None:
    network = random_network((4, 2, 3, 1), seed=13)
    with pytest.raises(ValueError, match="epochs: expected at least 0, got -1"):
        train_network(network, 0.1, -1)
    with pytest.raises(ValueError, match="lr: expected a positive number, got 0"):
        train_network(network, 0, 1)
    with pytest.raises(ValueError, match="hidden: expected at least 1, got 0"):
        initialize(hidden=0)


def test_layers_of_any_number_have_to_fit_together() -> None:
    X, y = np.ones((2, 3)), np.eye(2)
    W, b = [np.ones((3, 4)), np.ones((4, 2))], [np.zeros((1, 4)), np.zeros((1, 2))]
    assert mlp_loss(X, y, W, b) == pytest.approx(np.log(2))
    for weights, biases, says in (
        ([], [], "one of each for every layer, got 0 and 0"),
        (W, b[:1], "one of each for every layer, got 2 and 1"),
        (W[::-1], b, r"weights\[0\]: expected shape \(3, h\), got \(4, 2\)"),
        (W, [b[0], np.zeros(2)], r"biases\[1\]: expected shape \(1, 2\), got \(2,\)"),
    ):
        with pytest.raises(ValueError, match=says):
            mlp_gradients(X, y, weights, biases)


def test_of_two_layers_and_two_classes_it_is_the_article_s_network() -> None:
    # softmax(0, z) is σ(z): the same loss, and half of it each way in the gradients.
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(5, 3)), np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    W1, b1, W2, b2 = (draw.normal(size=shape) for shape in ((3, 4), (1, 4), (4, 1), (1, 1)))
    pair = X, np.hstack([1 - y, y]), [W1, np.hstack([0 * W2, W2])], [b1, np.hstack([0 * b2, b2])]
    assert mlp_loss(*pair) == pytest.approx(compute_loss(X, y, W1, b1, W2, b2), rel=1e-14)
    dW, db = mlp_gradients(*pair)
    found = dW[0], db[0], dW[1][:, 1:], db[1][:, 1:]
    for got, known in zip(found, compute_gradients(X, y, W1, b1, W2, b2), strict=True):
        np.testing.assert_allclose(got, known, rtol=1e-12, atol=1e-15)

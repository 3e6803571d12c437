"""The program that runs many networks at once, against the reference, one by one."""

import mpmath as mp
import numpy as np
import pytest

from gradmark.conformance.article.guards import (
    GUARDS,
    clipped,
    epsilon_inside,
    from_logit,
    unguarded,
)
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.races.networks import (
    Networks,
    central_differences,
    draw,
    flat,
    gradients,
    hidden_units,
    learned,
    logits,
    losses,
    train,
    unflat,
)
from gradmark.reference import Adam
from gradmark.reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss, forward
from gradmark.reference.network import train as train_one


@pytest.fixture(scope="module")
def networks() -> Networks:
    random = np.random.default_rng(3)
    # half of them with biases of 0, where the sample (0, 0) is on the kink
    return draw(random, 20, hidden=3)._replace(
        b1=random.standard_normal((3, 20)) * (np.arange(20) % 2)
    )


def one(networks: Networks, k: int) -> tuple[FloatArray, ...]:
    W1, b1, W2, b2 = (part[..., k] for part in networks)
    return W1, b1[None], W2[:, None], b2[None, None]


def test_losses_and_gradients_are_those_of_the_reference(networks: Networks) -> None:
    found, slopes = losses(XOR_X, XOR_Y, networks), gradients(XOR_X, XOR_Y, networks)
    for k in range(20):
        # sums of four terms of size one, in another order
        assert found[k] == pytest.approx(compute_loss(XOR_X, XOR_Y, *one(networks, k)), rel=1e-14)
        expected = compute_gradients(XOR_X, XOR_Y, *one(networks, k))
        for got, want in zip(one(slopes, k), expected, strict=True):
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-15)


def test_training_many_is_training_each(networks: Networks) -> None:
    together = train(XOR_X, XOR_Y, networks, 50)
    for k in range(20):
        W1, b1, W2, b2 = one(networks, k)
        alone = train_one(XOR_X, XOR_Y, W1, b1, W2, b2, lr=0.5, epochs=50)[1:]
        for got, want in zip(one(together, k), alone, strict=True):
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


def test_each_parameter_has_an_optimizer_of_its_own(networks: Networks) -> None:
    # Adam's first step is η in every entry that has a gradient, whatever its size
    after = train(XOR_X, XOR_Y, networks, 1, optimizer=lambda: Adam(lr=0.01))
    slopes = gradients(XOR_X, XOR_Y, networks)
    for old, new, slope in zip(networks, after, slopes, strict=True):
        moved = np.abs(new - old)[np.abs(slope) > 1e-4]
        np.testing.assert_allclose(moved, 0.01, rtol=2e-4)


def test_samples_of_their_own_are_used_by_each_network(networks: Networks) -> None:
    X = np.random.default_rng(4).standard_normal((4, 2, 20))
    z2 = logits(X, networks)
    for k in range(20):
        np.testing.assert_allclose(
            z2[:, k], forward(X[..., k], *one(networks, k)).z2[:, 0], rtol=0, atol=1e-14
        )


def test_a_leaky_unit_passes_a_tenth_of_what_is_below_zero() -> None:
    # z1 = −2, a1 = −0.2, z2 = −0.6; dL/dW2 = σ(−0.6) a1, dL/dW1 = σ(−0.6) · 3 · 0.1 · 2
    network = Networks(*(np.array(part) for part in ([[[-1.0]]], [[0.0]], [[3.0]], [0.0])))
    X, y = np.array([[2.0]]), np.array([[0.0]])
    assert hidden_units(X, network).item() == -2
    assert logits(X, network, leak=0.1).item() == pytest.approx(-0.6)
    slopes = gradients(X, y, network, leak=0.1)
    s = float(1 / (1 + mp.exp(mp.mpf("0.6"))))
    assert [part.item() for part in slopes] == pytest.approx([0.6 * s, 0.3 * s, -0.2 * s, s])


def test_a_network_learns_where_it_is_on_the_right_side_of_every_sample() -> None:
    # two units draw XOR: ReLU(x1 + x2) − 2 ReLU(x1 + x2 − 1) − ½
    xor = Networks(*(np.array(part) for part in
                     ([[[1.0], [1.0]]] * 2, [[0.0], [-1.0]], [[1.0], [-2.0]], [-0.5])))  # fmt: skip
    assert learned(XOR_X, XOR_Y, xor).tolist() == [True]
    assert learned(XOR_X, 1 - XOR_Y, xor).tolist() == [False]
    assert learned(XOR_X, XOR_Y, xor._replace(b2=np.array([0.5]))).tolist() == [False]


def test_parameters_laid_out_flat_come_back(networks: Networks) -> None:
    again = unflat(flat(networks), inputs=2, hidden=3)
    for got, want in zip(again, networks, strict=True):
        np.testing.assert_array_equal(got, want)


def test_central_differences_approach_the_gradient_as_h_squared(networks: Networks) -> None:
    X = np.array([[0.5, 0.3], [0.8, 0.1]])[:, :, None]
    y = np.array([[1.0], [0.0]])
    steps = np.array([1e-2, 1e-3])
    slope = flat(gradients(X[..., 0], y, networks))
    away = np.min(np.abs(hidden_units(X[..., 0], networks)), axis=(0, 1)) > 0.05
    error = np.abs(central_differences(X, y, networks, steps) - slope[:, None])[..., away]
    coarse, fine = np.median(error[:, 0]), np.median(error[:, 1])
    # ratio 100 up to the next term, of relative size h²
    assert coarse / fine == pytest.approx(100, rel=0.05)


def test_a_kink_halves_the_sum_of_the_slopes_beside_it() -> None:
    # one unit, x = 0, b1 = 0, W2 = 1, y = 0: L = softplus(ReLU(b1)), with slopes 0 and ½
    network = Networks(*(np.array(part) for part in ([[[1.0]]], [[0.0]], [[1.0]], [0.0])))
    found = central_differences(
        np.zeros((1, 1, 1)), np.zeros((1, 1)), network, np.array([1e-6])
    )  # fmt: skip
    assert found[1, 0, 0] == pytest.approx(0.25, abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_away_from_the_ends_every_guard_is_the_cross_entropy(y: float, dtype: type) -> None:
    p: FloatArray = np.array([0.1, 0.5, 0.9], dtype)
    eps = float(np.finfo(dtype).eps)
    with mp.workdps(30):
        exact = [float(-(mp.mpf(y) * mp.log(q) + (1 - mp.mpf(y)) * mp.log(1 - q)))
                 for q in map(mp.mpf, p.tolist())]  # fmt: skip
    for terms in GUARDS.values():
        assert terms(y, p).dtype == dtype
        # ε added to a p of 0.1 is worth ε/p = 10^−14
        np.testing.assert_allclose(terms(y, p), exact, rtol=8 * eps, atol=1.1e-14)
    z = np.log(p) - np.log(1 - p)
    np.testing.assert_allclose(from_logit(y, z), exact, rtol=16 * eps)


def test_at_the_ends_each_guard_shows_its_own_way() -> None:
    zero, one_ = np.zeros(1), np.ones(1)
    assert unguarded(1, zero).item() == np.inf
    assert np.isnan(unguarded(1, one_)).item()
    assert clipped(1, zero).item() == pytest.approx(34.538776394910684, rel=1e-15)
    assert epsilon_inside(1, zero).item() == pytest.approx(34.538776394910684, rel=1e-15)
    assert clipped(1, one_).item() > 0 > epsilon_inside(1, one_).item()
    # 1 − 10^−15 is 1 in float32
    assert clipped(0, one_.astype(np.float32)).item() == np.inf
    assert np.isnan(clipped(1, one_.astype(np.float32))).item()

"""The declared distribution of problems, and the runs over it, held against one run at a time."""

from collections.abc import Callable

import numpy as np
import pytest

from gradmark.conformance.article.finder import find
from gradmark.conformance.article.rate_grid import (
    OPTIMIZERS,
    RATES,
    Optimizer,
    descend,
    lowest,
    steps_to,
)
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.article.scale import Scale
from gradmark.conformance.article.tournament import STEPS, fastest, tournament
from gradmark.conformance.races.networks import learned
from gradmark.conformance.races.toys import (
    Toys,
    as_networks,
    distribution,
    logistic,
    networks,
    ravines,
)
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum, warmup_cosine
from gradmark.reference.lr_finder import find_learning_rate
from gradmark.reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss

KINDS = distribution(3, np.random.default_rng(1))


@pytest.mark.parametrize("toys", KINDS, ids=[toys.kind for toys in KINDS])
def test_a_gradient_is_the_slope_of_its_loss(toys: Toys) -> None:
    random = np.random.default_rng(2)
    w = toys.starts[:, None, :] + 0.1 * random.standard_normal((len(toys.starts), 2, 3))
    h = 1e-6
    slopes = np.stack([
        (toys.loss(w + h * e) - toys.loss(w - h * e)) / (2 * h)
        for e in np.eye(len(w))[:, :, None, None]
    ])  # fmt: skip
    gradient = toys.gradient(w)
    # h² third derivatives, and a rounding of the loss over h
    scale = np.max(np.abs(gradient)) + np.max(toys.loss(w))
    np.testing.assert_allclose(gradient, slopes, rtol=0, atol=1e-8 * scale)
    assert np.max(np.abs(gradient)) > 1e-3


@pytest.mark.parametrize("along_axes", [True, False])
def test_a_ravine_has_the_condition_it_says(along_axes: bool) -> None:
    toys = ravines("", 1000.0, 4, np.random.default_rng(3), along_axes=along_axes)
    columns = [toys.gradient(np.tile(e[:, None, None], (1, 1, 4)))[:, 0] for e in np.eye(6)]
    for hessian in np.stack(columns, axis=1).transpose(2, 0, 1):
        low, *_, high = np.linalg.eigvalsh(hessian)
        assert (low, high) == pytest.approx((1, 1000), rel=1e-10)
        diagonal = np.abs(hessian - np.diag(np.diag(hessian))) < 1e-12
        assert np.all(diagonal) == along_axes


def test_the_networks_are_the_articles() -> None:
    toys = networks(3, np.random.default_rng(4))
    for k in range(3):
        W1, b1, W2, b2 = (np.asarray(p)[..., k] for p in as_networks(toys.starts))
        parameters = (W1, b1[None], W2[:, None], b2[None, None])
        loss = toys.loss(toys.starts[:, None, :])[0, k]
        assert loss == pytest.approx(float(compute_loss(XOR_X, XOR_Y, *parameters)), rel=1e-13)
        together = np.concatenate([g.ravel() for g in compute_gradients(XOR_X, XOR_Y, *parameters)])
        gradient = toys.gradient(toys.starts[:, None, :])[:, 0, k]
        np.testing.assert_allclose(gradient, together, rtol=0, atol=1e-15)


def test_no_plane_separates_the_labels_of_most_regressions() -> None:
    # where one does, the penalty alone bounds the weights
    toys = logistic(20, np.random.default_rng(5))
    end = descend(toys, SGD(lr=1.0), np.array([0.01]), 400)[-1, 0]
    assert np.all(end < np.log(2))
    assert np.median(end) > 0.1


ONE_BY_ONE: dict[str, Callable[[float], Optimizer]] = {
    "SGD": lambda lr: SGD(lr=lr),
    "SGD + momentum": lambda lr: SGDMomentum(lr=lr, momentum=0.9),
    "RMSprop": lambda lr: RMSprop(lr=lr, epsilon_outside=True),
    "Adam": lambda lr: Adam(lr=lr),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("planned", [False, True])
def test_a_grid_of_runs_is_each_run_alone(name: str, planned: bool) -> None:
    toys, rates, steps = KINDS[3], np.array([1e-4, 1e-3]), 20
    factors = warmup_cosine(np.arange(steps), 1.0, 5, steps) if planned else np.ones(steps)
    table = descend(toys, OPTIMIZERS[name](), rates, steps, factors=factors)
    for r, rate in enumerate(rates):
        for k in range(3):
            optimizer, w = ONE_BY_ONE[name](float(rate)), toys.starts[:, k]
            for factor in factors:
                optimizer.lr = float(rate * factor)
                w = optimizer.step(w, alone(toys, k)(0, w)[1])
            loss, _ = alone(toys, k)(0, w)
            # 20 steps of a few roundings each, on a curvature of 1000
            assert table[-1, r, k] == pytest.approx(loss, rel=1e-10)


def test_a_run_that_leaves_has_an_infinite_loss_and_no_warning() -> None:
    table = descend(KINDS[2], SGD(lr=1.0), np.array([0.001, 10.0]), 300)
    assert np.all(np.isinf(table[-1, 1]))
    assert np.all(np.isfinite(table[:, 0]))
    assert np.all(lowest(table) < table[0, 0])


def test_steps_are_counted_to_the_first_arrival() -> None:
    losses = np.array([9.0, 4.0, 1.0, 5.0, 0.0])[:, None, None]
    for target, steps in ((9, 0), (4, 1), (1, 2), (0.5, 4), (-1, np.inf)):
        assert steps_to(losses, np.array([target])) == [[steps]]


def test_first_is_who_arrives_soonest_and_nobody_where_nobody_does() -> None:
    a, b = np.array([3.0, 5.0, np.inf, np.inf]), np.array([3.0, 4.0, 7.0, np.inf])
    assert fastest(a, b).tolist() == [[True, False, False, False], [True, True, True, False]]


@pytest.mark.thorough
def test_the_tournament_keeps_the_best_of_all_rates() -> None:
    race = tournament(Scale(quick=True))
    for name in OPTIMIZERS:
        best = race.best(name)
        np.testing.assert_array_equal(race.at(name, 0.1), race.steps[name][2][:, 9])
        assert np.all(best <= race.at(name, 0.1))
        assert np.all((best <= STEPS) | np.isinf(best))
        assert set(RATES) >= set(race.best_rate(name)[np.isfinite(best)])
        assert np.all(race.best(name, 1e-1) <= best)
        assert np.all(best <= race.best(name, 1e-6))


def alone(toys: Toys, k: int) -> Callable[[int, FloatArray], tuple[float, FloatArray]]:
    def loss_and_gradient(_: int, w: FloatArray) -> tuple[float, FloatArray]:
        many = np.tile(w[:, None, None], (1, 1, toys.starts.shape[1]))
        return float(toys.loss(many)[0, k]), toys.gradient(many)[:, 0, k]

    return loss_and_gradient


@pytest.mark.parametrize("batches", [30, 100])
def test_the_sweep_over_all_is_the_finder_on_each(batches: int) -> None:
    seen = 0
    for toys in KINDS:
        found = find(toys, batches)
        for k in range(3):
            if not found.valid[k]:
                continue

            def alone(
                _: int, w: FloatArray, toys: Toys = toys, k: int = k
            ) -> tuple[float, FloatArray]:
                many = np.tile(w[:, None, None], (1, 1, 3))
                return float(toys.loss(many)[0, k]), toys.gradient(many)[:, 0, k]

            sweep = find_learning_rate(alone, toys.starts[:, k], max_lr=100.0, batches=batches)
            assert found.steepest[k] == sweep.steepest
            assert found.rise[k] == pytest.approx(10 * sweep.tenth_of_rise, rel=1e-14)
            length = len(sweep.losses) - 1  # the last may have overflowed
            np.testing.assert_allclose(found.losses[:length, k], sweep.losses[:length], rtol=1e-6)
            seen += 1
    assert seen >= 15


@pytest.mark.parametrize("hump", [3.5, 4.5])  # below the explosion, and above
def test_a_hump_ends_the_sweep_only_where_it_ends_the_finders(hump: float) -> None:
    # the slope is −1 all along, so that w climbs with the rate through this profile of log₁₀ w
    places = [-7.5, -6.4, -5.6, -2.0, -1.5, -1.0, 0.5, 1.5, 2.0]
    heights = [3.0, 3.0, 2.0, 1.0, hump, 1.0, 0.2, 0.2, 1e9]

    def loss(w: FloatArray) -> FloatArray:
        height: FloatArray = np.interp(np.log10(np.maximum(w[0], 1e-9)), places, heights)
        return height

    toys = Toys("a hump", np.zeros((1, 1)), loss, lambda w: -np.ones_like(w), np.zeros(1))
    for batches in (30, 60):
        found = find(toys, batches)
        sweep = find_learning_rate(alone(toys, 0), toys.starts[:, 0], max_lr=100.0, batches=batches)
        assert found.valid.tolist() == [True]
        assert found.steepest[0] == sweep.steepest
        assert found.rise[0] == pytest.approx(10 * sweep.tenth_of_rise, rel=1e-14)


def test_networks_that_learned_give_all_four_answers() -> None:
    # z = relu(x1 + x2) − 2 relu(x1 + x2 − 1) − ½ is XOR's sign; two units stay idle
    w = np.zeros((17, 1))
    w[:4, 0], w[4:8, 0] = [1, 1, 0, 0], [1, 1, 0, 0]
    w[8:12, 0], w[12:16, 0], w[16, 0] = [0, -1, 0, 0], [1, -2, 0, 0], -0.5
    assert learned(XOR_X, XOR_Y, as_networks(w)).tolist() == [True]
    w[16, 0] = -1.5
    assert learned(XOR_X, XOR_Y, as_networks(w)).tolist() == [False]

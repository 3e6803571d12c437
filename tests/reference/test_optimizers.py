from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gradmark.reference.optimizers import SGD, Adam, Muon, RMSprop, SGDMomentum
from tests.reference.exact import FLOATS, Exact, exact, unit_roundoff

ALL = (SGD, SGDMomentum, RMSprop, Adam)
WITH_STATE = {SGDMomentum: ("velocity",), RMSprop: ("s",), Adam: ("m", "v")}

# A weight's whole run: ordinary gradients of both signs, none at all, ones near every ε, huge ones.
STEPS = 24
RNG = np.random.default_rng(20260503)
GRADIENTS = RNG.choice([-1, 1], (STEPS, 5)) * 10.0 ** RNG.uniform(-1, 1, (STEPS, 5))
GRADIENTS *= [1, 1e-8, 1e-4, 1e3, 0]
START = np.array([0.7, -1.5, 0.0, 2.0, 0.3])
RATES = [0.05] * 10 + [0.2] * 8 + [0.0] * 2 + [0.01] * 4  # the schedule moves in mid-run

# Each truth yields, for every step, the update and a bound on the error of computing it, in unit
# roundoffs. Σ runs over |terms|, since a running mean of both signs cancels. Every hyperparameter
# is rounded to the dtype once. A running mean: β, product, sum a step, and 3 for its newest term.
Truth = Callable[[list[Exact], list[float]], Iterator[tuple[Exact, Exact]]]


def sgd(gradients: list[Exact], rates: list[float]) -> Iterator[tuple[Exact, Exact]]:
    for g, lr in zip(gradients, rates, strict=True):
        yield mp.mpf(lr) * g, 2 * abs(mp.mpf(lr) * g)  # η, product


def momentum(gradients: list[Exact], rates: list[float]) -> Iterator[tuple[Exact, Exact]]:
    v = size = mp.mpf(0)
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        v = mp.mpf(0.9) * v + mp.mpf(lr) * g
        size = mp.mpf(0.9) * size + mp.mpf(lr) * abs(g)
        yield v, (3 * t + 3) * size


def rmsprop(outside: bool) -> Truth:
    def truth(gradients: list[Exact], rates: list[float]) -> Iterator[tuple[Exact, Exact]]:
        s, eps = mp.mpf(0), mp.mpf(1e-8)
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            s = mp.mpf(0.9) * s + (1 - mp.mpf(0.9)) * g**2
            root = mp.sqrt(s) + eps if outside else mp.sqrt(s + eps)
            update = mp.mpf(lr) * g / root
            # the mean (3t + 4), of which the root halves the error; η, ε, root, sum, quotient, η g
            yield update, ((3 * t + 4) / mp.mpf(2) + 6) * abs(update)

    return truth


def adam(gradients: list[Exact], rates: list[float]) -> Iterator[tuple[Exact, Exact]]:
    b1, b2, eps = mp.mpf(0.9), mp.mpf(0.999), mp.mpf(1e-8)
    m = size = v = mp.mpf(0)
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = b1 * m + (1 - b1) * g
        size = b1 * size + (1 - b1) * abs(g)
        v = b2 * v + (1 - b2) * g**2
        scale = mp.mpf(lr) / (1 - b1**t) / (mp.sqrt(v / (1 - b2**t)) + eps)
        # m (3t + 3); v (3t + 4) halved; corrections 5 and 5/2; root, ε, sum, η, η m̂, quotient
        yield scale * m, (4.5 * t + 3 + 2 + 7.5 + 6) * scale * size


CASES: dict[str, tuple[Callable[[], Any], Truth]] = {
    "SGD": (SGD, sgd),
    "SGDMomentum": (lambda: SGDMomentum(momentum=0.9), momentum),
    "RMSprop": (lambda: RMSprop(beta=0.9, epsilon=1e-8), rmsprop(outside=False)),
    "RMSprop, ε outside": (lambda: RMSprop(epsilon_outside=True), rmsprop(outside=True)),
    "Adam": (lambda: Adam(beta1=0.9, beta2=0.999, epsilon=1e-8), adam),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES)
def test_the_whole_trajectory_is_the_equations(case: str, dtype: Any) -> None:
    make, truth = CASES[case]
    u = unit_roundoff(dtype)
    optimizer = make()
    w, gradients = START.astype(dtype), GRADIENTS.astype(dtype)
    trajectory = []
    for g, lr in zip(gradients, RATES, strict=True):
        optimizer.lr = lr
        w = optimizer.step(w, g)
        assert w.dtype == dtype
        trajectory.append(w)
    for i, start in enumerate(exact(START.astype(dtype))):
        exact_w, tolerance = start, mp.mpf(0)
        steps = truth(exact(gradients[:, i]), RATES)
        for t, ((update, error), got) in enumerate(zip(steps, trajectory, strict=True), 1):
            exact_w -= update
            tolerance += u * (error + abs(exact_w))  # the update's own error; w − update, rounded
            # 1.01: products of roundoffs
            assert abs(exact(got[i])[0] - exact_w) <= 1.01 * tolerance, (case, i, t)


def test_sgd_by_hand() -> None:
    assert_array_equal(SGD(lr=0.5).step([1.0, 2.0], [1.0, -2.0]), [0.5, 3.0])


def test_a_new_rate_leaves_the_velocity_that_momentum_has() -> None:
    opt = SGDMomentum(lr=1.0, momentum=0.5)
    assert opt.step(0.0, 1.0) == -1.0  # v = 1
    opt.lr = 0.0
    # v = ½·1 + 0·1 = ½: the old velocity moves on. With η outside, w would stand still.
    assert opt.step(-1.0, 1.0) == -1.5


def test_rmsprop_has_epsilon_inside_the_root_unless_told() -> None:
    # β = 0: s = g² = 9; ε = 7: inside 8·3/√16 = 6; outside with ε = 1: 8·3/(3 + 1) = 6
    assert RMSprop(lr=8.0, beta=0.0, epsilon=7.0).step(0.0, 3.0) == -6.0
    assert RMSprop(lr=8.0, beta=0.0, epsilon=1.0, epsilon_outside=True).step(0.0, 3.0) == -6.0


def test_adam_by_hand() -> None:
    # β₁ = ½, β₂ = ¾, ε = 1, η = 10; g = 4: m = 2, m̂ = 4, v = 4, v̂ = 16: w = 0 − 10·4/(4 + 1)
    opt: Any = Adam(lr=10.0, beta1=0.5, beta2=0.75, epsilon=1.0)
    assert opt.step(0.0, 4.0) == pytest.approx(-8.0, rel=1e-15)
    # g = 0: m = 1, m̂ = 1/(3/4) = 4/3; v = 3, v̂ = 3/(7/16) = 48/7: −8 − (40/3)/(√(48/7) + 1)
    want = -8 - mp.mpf(40) / 3 / (mp.sqrt(mp.mpf(48) / 7) + 1)
    assert opt.step(-8.0, 0.0) == pytest.approx(float(want), rel=1e-15)
    assert (opt.m, opt.v, opt.t) == (1.0, 3.0, 2)


def test_adam_without_memory_is_sign_descent() -> None:
    opt = Adam(lr=0.5, beta1=0.0, beta2=0.0, epsilon=0.0)
    assert_array_equal(opt.step([1.0, 1.0], [3.0, -7.0]), [0.5, 1.5])


def test_adams_bias_correction_does_not_cancel_in_its_first_steps() -> None:
    # β₂ = 1 − 2⁻³⁰: 1 − β₂² has lost half its digits when computed as printed, β₂² being rounded.
    beta2 = 1 - 2.0**-30
    opt = Adam(lr=1.0, beta1=0.0, beta2=beta2, epsilon=0.0)
    opt.step(0.0, 3.0)
    b = mp.mpf(beta2)
    v = b * (1 - b) * 9 + (1 - b) * 25
    want = -5 / mp.sqrt(v / (1 - b**2))
    # v: 4 products and a sum; v̂: 4; halved by the root; root, m̂, η m̂, quotient
    assert abs(exact(opt.step(0.0, 5.0))[0] / want - 1) <= (9 / 2 + 4) * unit_roundoff(np.float64)


def test_a_square_overflows_in_rmsprop_only_if_the_mean_does() -> None:
    # g² = 4e308 is no float64, s = g²/10 is; the step is η √10
    assert RMSprop(lr=1.0).step(0.0, 2e154) == pytest.approx(-np.sqrt(10), rel=1e-15)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_weights_and_state_keep_shape_and_dtype(
    make: Any, shape: tuple[int, ...], dtype: Any
) -> None:
    opt = make(lr=np.float64(0.1))
    w = np.ones(shape, dtype)
    for _ in range(2):
        w = opt.step(w, np.ones(shape, dtype))
        opt.lr = np.float64(0.05)  # as a schedule gives it: must promote nothing
        for value in (w, *(getattr(opt, name) for name in WITH_STATE.get(make, ()))):
            assert (value.shape, value.dtype) == (shape, dtype)


@pytest.mark.parametrize("make", ALL)
def test_integers_lists_and_numbers_become_float64(make: Any) -> None:
    assert isinstance(make().step(1, 2), np.float64)
    assert make().step([1, 2], [3, 4]).dtype == np.float64
    assert make().step(np.ones(2, np.float32), np.ones(2)).dtype == np.float64


@pytest.mark.parametrize("make", ALL)
def test_a_step_leaves_its_arguments_alone_and_keeps_no_hold_on_them(make: Any) -> None:
    opt, undisturbed = make(lr=0.1), make(lr=0.1)
    w, g = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    got = opt.step(w, g)
    expected = undisturbed.step([1.0, 2.0], [3.0, -4.0]).copy()
    assert_array_equal(w, [1.0, 2.0])
    assert_array_equal(g, [3.0, -4.0])
    for array in (w, g, got):
        array[:] = 99.0  # a caller reuses its buffers
    assert_array_equal(opt.step(expected, [0.5, 0.5]), undisturbed.step(expected, [0.5, 0.5]))


@pytest.mark.parametrize("make", ALL)
def test_a_rate_of_zero_gives_a_copy(make: Any) -> None:
    w = np.array([1.0, 2.0])
    got = make(lr=0.0).step(w, [1.0, 1.0])
    assert_array_equal(got, w)
    assert not np.shares_memory(got, w)


@pytest.mark.parametrize("make", WITH_STATE)
def test_two_optimizers_share_nothing(make: Any) -> None:
    one, other = make(lr=0.1), make(lr=0.1)
    first = one.step([1.0], [2.0])
    assert all(getattr(other, name) is None for name in WITH_STATE[make])
    one.step(first, [5.0])
    assert_array_equal(other.step([1.0], [2.0]), first)


def test_adam_counts_its_steps() -> None:
    opt = Adam()
    assert opt.t == 0
    for _ in range(3):
        opt.step(0.0, 1.0)
    assert opt.t == 3


@pytest.mark.parametrize("make", ALL)
def test_a_gradient_of_nan_shows(make: Any) -> None:
    got = make(lr=0.1).step([1.0, 1.0], [np.nan, 1.0])
    assert np.isnan(got[0])
    assert np.isfinite(got[1])


@pytest.mark.parametrize("make", ALL)
def test_an_infinite_gradient_shows(make: Any) -> None:
    with np.errstate(invalid="ignore"):  # ∞/∞ where the step is normalised
        assert not np.isfinite(make(lr=0.1).step(1.0, np.inf))


@pytest.mark.parametrize("make", [RMSprop, Adam])
def test_no_epsilon_and_no_gradient_is_zero_over_zero(make: Any) -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(make(epsilon=0.0).step(1.0, 0.0))


@pytest.mark.parametrize("make", ALL)
def test_w_and_grad_have_one_shape(make: Any) -> None:
    with pytest.raises(
        ValueError, match=r"w, grad: expected equal shapes, got \(2,\) and \(2, 1\)"
    ):
        make().step(np.ones(2), np.ones((2, 1)))


@pytest.mark.parametrize("make", WITH_STATE)
def test_the_shape_may_not_change_between_steps(make: Any) -> None:
    opt = make()
    opt.step(np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match=r"w: expected the shape of the steps before, \(2,\), got"):
        opt.step(np.ones(3), np.ones(3))


@pytest.mark.parametrize("make", ALL)
def test_a_refused_step_changes_nothing(make: Any) -> None:
    opt, undisturbed = make(lr=0.1), make(lr=0.1)
    opt.lr = -1.0
    with pytest.raises(ValueError, match=r"lr: expected a non-negative number, got -1$"):
        opt.step([1.0], [1.0])
    opt.lr = 0.1
    assert_array_equal(opt.step([1.0], [2.0]), undisturbed.step([1.0], [2.0]))


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_a_rate_is_finite_and_not_negative(make: Any, bad: float) -> None:
    with pytest.raises(ValueError, match=r"lr: expected a (finite|non-negative) number, got"):
        make(lr=bad)


@pytest.mark.parametrize(
    ("make", "name"),
    [(SGDMomentum, "momentum"), (RMSprop, "beta"), (Adam, "beta1"), (Adam, "beta2")],
)
@pytest.mark.parametrize("bad", [1, -0.5, 1.5])
def test_a_decay_factor_is_in_0_to_1(make: Any, name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"{name}: expected a number in \[0, 1\), got {bad}$"):
        make(**{name: bad})


@pytest.mark.parametrize("make", [RMSprop, Adam])
def test_epsilon_is_not_negative(make: Any) -> None:
    with pytest.raises(ValueError, match="epsilon: expected a non-negative number, got -1e-08"):
        make(epsilon=-1e-8)


@pytest.mark.parametrize("make", ALL)
def test_only_real_numbers_are_accepted(make: Any) -> None:
    with pytest.raises(TypeError, match="grad: expected real numbers, got dtype complex128"):
        make().step([1.0], [1j])
    with pytest.raises(TypeError, match="lr: expected real numbers, got dtype <U4"):
        make(lr="fast")


@pytest.mark.parametrize("steps", [-1, 2.5])
def test_muon_iterates_a_whole_number_of_times(steps: float) -> None:
    with pytest.raises(ValueError, match="steps: expected a whole number"):
        Muon(steps=steps)  # type: ignore[arg-type]  # what is to be refused


def test_muon_steps_matrices_alone() -> None:
    with pytest.raises(ValueError, match=r"w: expected a matrix, got shape \(3,\)"):
        Muon().step(np.ones(3), np.ones(3))

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gradmark.reference.losses import (
    EPSILON,
    bce_with_logits,
    bce_with_logits_grad,
    binary_cross_entropy,
    binary_cross_entropy_grad,
    categorical_cross_entropy,
    categorical_cross_entropy_grad,
    mse_loss,
    mse_loss_grad,
)
from tests.reference.exact import FLOATS, LIBRARY_ULPS, Exact, exact, ulps

MSE = (mse_loss, mse_loss_grad)
BCE = (binary_cross_entropy, binary_cross_entropy_grad)
CCE = (categorical_cross_entropy, categorical_cross_entropy_grad)
LOGIT = (bce_with_logits, bce_with_logits_grad)
LOSSES = (mse_loss, binary_cross_entropy, categorical_cross_entropy, bce_with_logits)
GRADIENTS = tuple(f for f in dict.fromkeys(MSE + BCE + CCE + LOGIT) if f not in LOSSES)

RNG = np.random.default_rng(20260503)
EPS = mp.mpf(EPSILON)
# Labels hard and soft, against probabilities in the middle, in both tails, at and past the guard.
PROBABILITIES = (0, 1e-30, 1e-15, 2e-15, 1e-7, 0.1, 0.5, 0.7, 1 - 1e-7, 1 - 2e-15, 1)
LABELS = (0, 1e-9, 0.25, 0.5, 1 - 1e-7, 1)
LOGITS = (-700, -80, -17, -3, -1e-8, 0, 1e-8, 0.5, 3, 17, 80, 700)


def pairs(labels: Any, predictions: Any, dtype: Any) -> list[Any]:
    """Every label with every prediction, as arrays of one element, whose mean is the term."""
    return [(np.array([y], dtype), np.array([p], dtype)) for y in labels for p in predictions]


def clip(p: Exact) -> Exact:
    return min(max(p, EPS), 1 - EPS)


# --- mean squared error -------------------------------------------------------------------------


def test_mse_by_hand() -> None:
    # errors 1, 1, −1, −2: (1 + 1 + 1 + 4) / 4; gradient 2 (ŷ − y) / 4
    y, p = [3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0]
    assert mse_loss(y, p) == 1.75
    assert_array_equal(mse_loss_grad(y, p), [-0.5, -0.5, 0.5, 1.0])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [1, 7, 1000])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e15])
def test_mse_is_the_mean_of_squares(dtype: Any, n: int, scale: float) -> None:
    y, p = (scale * RNG.standard_normal((2, n))).astype(dtype)
    d = [a - b for a, b in zip(exact(y), exact(p), strict=True)]
    # A term: the difference twice, a quotient, a product; then NumPy's pairwise sum, of blocks of
    # 128 in 8 lanes: at most 16 + 3 + log₂(n/128) sums. All terms are positive.
    assert ulps(mse_loss(y, p), [sum(x**2 for x in d) / n]) <= 4 + min(n, 16 + 3 + 3)
    # one difference, one quotient
    assert ulps(mse_loss_grad(y, p), [-2 * x / n for x in d]) <= 2


@pytest.mark.parametrize("dtype", FLOATS)
def test_mse_overflows_only_if_the_mean_does(dtype: Any) -> None:
    huge = dtype(1.25) * np.sqrt(np.finfo(dtype).max)  # its square is above the maximum
    zero = np.zeros(4, dtype)
    want = 2 * exact(huge)[0] ** 2 / 4
    assert ulps(mse_loss(zero, np.array([huge, -huge, 0, 0], dtype)), [want]) <= 4
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert mse_loss(zero, np.full(4, huge)) == np.inf


# --- binary cross-entropy -----------------------------------------------------------------------


def test_bce_by_hand() -> None:
    # y = 1, p = ½: −log ½; y = 0, p = ¾: −log ¼ = 2 log 2. Mean: 3/2 log 2.
    assert binary_cross_entropy([1, 0], [0.5, 0.75]) == pytest.approx(1.0397207708399179, rel=4e-16)
    # (½ − 1) / ¼ / 2 = −1;  ¾ / (3/16) / 2 = 2
    assert_array_equal(binary_cross_entropy_grad([1, 0], [0.5, 0.75]), [-1, 2])


@pytest.mark.parametrize("dtype", FLOATS)
def test_bce_is_the_clipped_formula_for_every_label_and_probability(dtype: Any) -> None:
    for y, p in pairs(LABELS, PROBABILITIES, dtype):
        (a,), (b,) = exact(y), (clip(x) for x in exact(p))
        want = -(a * mp.log(b) + (1 - a) * mp.log(1 - b))
        # log, product, sum, and 1 − y; both products are ≤ 0, so nothing cancels.
        bound = LIBRARY_ULPS[np.dtype(dtype)] + 4
        assert ulps(binary_cross_entropy(y, p), [want]) <= bound, (y, p)


@pytest.mark.parametrize("dtype", FLOATS)
def test_bce_gradient_is_the_slope_of_the_clipped_formula(dtype: Any) -> None:
    for y, p in pairs(LABELS, PROBABILITIES, dtype):
        (a,), (b,) = exact(y), exact(p)
        want = (b - a) / (b * (1 - b)) if EPS <= b <= 1 - EPS else mp.mpf(0)
        # p − y, 1 − p, a product, a reciprocal, a product
        assert ulps(binary_cross_entropy_grad(y, p), [want]) <= 5, (y, p)


def test_bce_averages_over_all_elements() -> None:
    y, p = RNG.integers(0, 2, (50, 3)), RNG.uniform(0.01, 0.99, (50, 3))
    terms = [mp.log(b if a else 1 - b) for a, b in zip(exact(y), exact(p), strict=True)]
    # log, 1 − y, product, sum of two; 150 elements: 16 + 3 + 1 sums; a quotient
    assert ulps(binary_cross_entropy(y, p), [-sum(terms) / 150]) <= 4 + 20 + 1
    one = binary_cross_entropy_grad(y[:1, :1], p[:1, :1])
    assert binary_cross_entropy_grad(y, p)[0, 0] == pytest.approx(one[0, 0] / 150, rel=1e-15)


def test_bce_in_float32_is_finite_where_clipping_the_probability_is_not() -> None:
    one = np.ones(1, np.float32)
    clipped = np.clip(one, EPSILON, 1 - EPSILON)
    assert clipped[0] == 1  # 1 − ε is no float32: log(1 − p̄) is then −∞
    assert binary_cross_entropy(one * 0, one) == np.float32(34.538776394910684)  # −log ε
    assert binary_cross_entropy(one, one) == np.float32(1e-15)  # −log(1 − ε)


def test_bce_in_float64_does_not_round_1_minus_epsilon() -> None:
    # 1 − ε rounds to 1 − 9·2⁻⁵³ = 1 − 9.992e-16, whose log(1 − p̄) differs in the fifth decimal.
    rounded = 1 - mp.mpf(1 - EPSILON)
    assert rounded == mp.mpf(9) / 2**53
    assert mp.nstr(-mp.log(rounded), 8) == "34.539576"
    assert f"{binary_cross_entropy([0.0], [1.0]):.6f}" == "34.538776"


# --- binary cross-entropy from the logit --------------------------------------------------------


def test_bce_of_a_logit_by_hand() -> None:
    # σ(log 3) = ¾: for y = 0 the loss is −log ¼ and the slope ¾; for y = 1, −log ¾ and −¼.
    z = np.log([3.0, 3.0])
    assert bce_with_logits([0, 0], z) == pytest.approx(np.log(4), rel=1e-15)
    gradient = bce_with_logits_grad([0, 1], z)
    assert gradient == pytest.approx([0.375, -0.125], rel=1e-15)


@pytest.mark.parametrize("dtype", FLOATS)
def test_bce_of_a_logit_is_exact_in_both_tails_for_every_label(dtype: Any) -> None:
    for y, z in pairs(LABELS, LOGITS, dtype):
        (a,), (x,) = exact(y), exact(z)
        want = max(x, 0) - x * a + mp.log1p(mp.exp(-abs(x)))
        # exp and log1p, 1 − y, a product, a sum of two numbers ≥ 0
        bound = 2 * LIBRARY_ULPS[np.dtype(dtype)] + 3
        assert ulps(bce_with_logits(y, z), [want]) <= bound, (y, z)


@pytest.mark.parametrize("dtype", FLOATS)
def test_fused_gradient_is_sigmoid_minus_label_and_keeps_its_tails(dtype: Any) -> None:
    for y, z in pairs(LABELS, LOGITS, dtype):
        (a,), (x,) = exact(y), exact(z)
        p, q = 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
        got = exact(bce_with_logits_grad(y, z))[0]
        # σ (1.5 exp + 2), 1 − y, a product, a difference, each relative to the larger product:
        # for hard labels one of them is 0, for soft ones they cancel near σ(z) = y.
        bound = (1.5 * LIBRARY_ULPS[np.dtype(dtype)] + 5) * float(np.finfo(dtype).eps)
        underflow = float(np.finfo(dtype).smallest_subnormal)
        want = (1 - a) * p - a * q  # = p − a, whose difference even 50 digits would not survive
        assert abs(got - want) <= bound * max((1 - a) * p, a * q) + 2 * underflow, (y, z)


def test_bce_of_a_logit_averages_without_spurious_overflow() -> None:
    z = np.full(4, 3e38, np.float32)  # their sum overflows, their mean does not
    assert bce_with_logits(np.zeros(4), z) == np.float32(3e38)
    # a wrong logit of 2 and one of 4: terms 2 + log1p(e⁻²) and 4 + log1p(e⁻⁴)
    got = bce_with_logits([1, 0], [-2.0, 4.0])
    want = (6 + mp.log(1 + mp.exp(-2)) + mp.log(1 + mp.exp(-4))) / 2
    assert ulps(got, [want]) <= 2 + 3 + 2


def test_fused_gradient_at_infinite_logits_is_its_limit() -> None:
    got = bce_with_logits_grad([0, 1, 0, 1], [-np.inf, -np.inf, np.inf, np.inf])
    assert_array_equal(got, [0, -0.25, 0.25, 0])


# --- categorical cross-entropy ------------------------------------------------------------------


def test_cce_of_one_sample_is_the_printed_formula_and_not_its_third() -> None:
    y, p = np.array([0, 0, 1]), np.array([0.4, 0.4, 0.2])
    assert f"{categorical_cross_entropy(y, p):.4f}" == "1.6094"  # −log 0.2
    assert mp.nstr(-mp.log(mp.mpf("0.2")) / 3, 4) == "0.5365"  # what the listing prints
    assert categorical_cross_entropy(y[None], p[None]) == categorical_cross_entropy(y, p)


def test_cce_by_hand() -> None:
    # Two samples: −log ¼ and −½ log ½ − ½ log ½, so (2 + 1) log 2 / 2; gradient −y/p / 2.
    y, p = np.array([[1, 0], [0.5, 0.5]]), np.array([[0.25, 0.75], [0.5, 0.5]])
    assert categorical_cross_entropy(y, p) == pytest.approx(1.0397207708399179, rel=4e-16)
    assert_array_equal(categorical_cross_entropy_grad(y, p), [[-2, 0], [-0.5, -0.5]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_cce_is_the_guarded_formula_for_every_label_and_probability(dtype: Any) -> None:
    for y, p in pairs(LABELS, PROBABILITIES, dtype):
        (a,), (b,) = exact(y), exact(p)
        # log and a product
        bound = LIBRARY_ULPS[np.dtype(dtype)] + 1
        want = -a * mp.log(max(b, EPS))
        assert ulps(categorical_cross_entropy(y, p), [want]) <= bound, (y, p)
        slope = -a / b if b >= EPS else mp.mpf(0)
        # a reciprocal and a product
        assert ulps(categorical_cross_entropy_grad(y, p), [slope]) <= 2, (y, p)


def test_cce_averages_over_rows() -> None:
    p = RNG.dirichlet(np.ones(5), 40)
    y = RNG.dirichlet(np.ones(5), 40)
    terms = [a * mp.log(b) for a, b in zip(exact(y), exact(p), strict=True)]
    # log, product; 200 elements: 16 + 3 + 1 sums; a quotient
    assert ulps(categorical_cross_entropy(y, p), [-sum(terms) / 40]) <= 2 + 20 + 1
    slopes = [-a / b / 40 for a, b in zip(exact(y), exact(p), strict=True)]
    assert ulps(categorical_cross_entropy_grad(y, p), slopes) <= 3


@pytest.mark.parametrize("formula", CCE)
@pytest.mark.parametrize("shape", [(), (2, 2, 2)])
def test_cce_wants_one_or_two_dimensions(formula: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"y_pred: expected shape \(C,\) or \(n, C\), got \("):
        formula(np.full(shape, 0.5), np.full(shape, 0.5))


# --- what all losses share ----------------------------------------------------------------------


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
@pytest.mark.parametrize("labels", [np.int64, np.float64, np.float32, np.bool_])
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_dtype_is_the_predictions(formula: Any, labels: Any, dtype: Any) -> None:
    y, p = np.array([1, 0], labels), np.array([0.5, 0.25], dtype)
    got = formula(y, p)
    assert got.dtype == dtype
    assert got.shape == (() if formula in LOSSES else (2,))


@pytest.mark.parametrize("formula", LOSSES)
def test_a_loss_is_a_numpy_scalar(formula: Any) -> None:
    assert isinstance(formula([1, 0], [0.5, 0.25]), np.float64)


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
def test_a_column_is_not_broadcast_against_a_row(formula: Any) -> None:
    with pytest.raises(ValueError, match=r"equal shapes, got \(3,\) and \(3, 1\)"):
        formula(np.ones(3), np.ones((3, 1)))


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
def test_nothing_has_no_mean(formula: Any) -> None:
    with pytest.raises(
        ValueError, match=r"(y_pred|logits): expected at least one element, got shape"
    ):
        formula(np.empty((0, 2)), np.empty((0, 2)))


@pytest.mark.parametrize("formula", BCE + CCE)
@pytest.mark.parametrize("bad", [-0.1, 1.1, np.inf])
def test_a_prediction_that_is_no_probability_is_refused(formula: Any, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"y_pred: expected numbers in \[0, 1\], got {bad}"):
        formula([0.0, 1.0], [0.5, bad])


@pytest.mark.parametrize("formula", BCE + CCE + LOGIT)
@pytest.mark.parametrize("bad", [-1.0, 2.0])
def test_a_label_that_is_no_probability_is_refused(formula: Any, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"y_true: expected numbers in \[0, 1\], got {bad}"):
        formula([0.0, bad], [0.5, 0.5])


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
def test_nan_shows_in_the_result(formula: Any) -> None:
    nan = float("nan")
    assert np.any(np.isnan(formula([1.0, 0.0], [nan, 0.5])))
    assert np.any(np.isnan(formula([nan, 0.0], [0.5, 0.5])))


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_no_loss_warns_at_certainty(formula: Any, dtype: Any) -> None:
    y, p = np.array([0, 0, 1, 1], dtype), np.array([0, 1, 0, 1], dtype)
    assert np.all(np.isfinite(formula(y, p)))  # pytest makes a warning an error


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
def test_arguments_are_left_alone(formula: Any) -> None:
    y, p = np.array([1.0, 0.0]), np.array([0.5, 0.25])
    formula(y, p)
    assert_array_equal(y, [1.0, 0.0])
    assert_array_equal(p, [0.5, 0.25])


@pytest.mark.parametrize("formula", LOSSES + GRADIENTS)
def test_only_real_numbers_are_accepted(formula: Any) -> None:
    with pytest.raises(TypeError, match="y_true: expected real numbers, got dtype complex128"):
        formula([1j], [0.5])

"""Why an answer is inaccurate: each cause is named where it is at work, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.judging.diagnosis import LONG, diagnose
from gradmark.conformance.judging.judge import judge
from gradmark.conformance.judging.unfold import evaluate
from gradmark.harness.contract import CONTRACT

single = np.float32


def _exactly(case: Case) -> np.ndarray:
    return np.array([float(n.value) for n in evaluate(variants(case.formula)[0], case)])


def _mse_in_float32(case: Case) -> Any:
    y, p = (a.astype(single) for a in case.arguments)
    return np.mean((y - p) ** 2)


def _mse_of_float32(case: Case) -> Any:
    y, p = (a.astype(single).astype(float) for a in case.arguments)
    return np.mean((y - p) ** 2)


def _mse_with_a_float32_step(case: Case) -> Any:
    y, p = case.arguments
    digits, power = np.frexp(y - p)  # float32's digits, with the range of float64
    return np.mean(np.ldexp(digits.astype(single).astype(float), power) ** 2)


def _complement_formed(case: Case) -> Any:
    y, p = case.arguments
    with np.errstate(divide="ignore"):
        log_p, log_q = (np.clip(np.log(x), np.log(1e-15), -1e-15) for x in (p, 1 - p))
    return -np.mean(y * log_p + (1 - y) * log_q)


def _one_minus_the_other_half(case: Case) -> Any:
    z = case.arguments[0]
    return np.where(z < 0, 1 - 1 / (1 + np.exp(-abs(z))), 1 / (1 + np.exp(-abs(z))))


def _cut_at_30(case: Case) -> Any:
    z = case.arguments[0]
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def _softplus(case: Case) -> Any:
    z = case.arguments[0]
    return np.maximum(z, 0) + np.log(1 + np.exp(-abs(z)))


def _log_softmax(case: Case) -> Any:
    z = case.arguments[0]
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


def _softmax_of_its_logarithm(case: Case) -> Any:
    z = case.arguments[0]
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _normalised_by_squares(case: Case) -> Any:
    x, gamma, beta, epsilon = case.arguments
    variance = np.mean(x**2, axis=0) - np.mean(x, axis=0) ** 2
    return gamma * (x - np.mean(x, axis=0)) / np.sqrt(abs(variance) + epsilon) + beta


def _silu_by_tanh(case: Case) -> Any:
    z = case.arguments[0]
    return z * (1 + np.tanh(z / 2)) / 2


def _sigmoid_by_tanh(case: Case) -> Any:
    return (1 + np.tanh(case.arguments[0] / 2)) / 2


def _tanh_by_one_exponential(case: Case) -> Any:
    z = case.arguments[0]
    shrunk = np.exp(-2 * abs(z))
    return np.sign(z) * (1 - shrunk) / (1 + shrunk)


def _leaky_of_a_magnitude(case: Case) -> Any:
    z, alpha = case.arguments
    return 0.5 * (1 + alpha) * z + 0.5 * (1 - alpha) * abs(z)


def _selu_of_eight_digits(case: Case) -> Any:
    z = case.arguments[0]
    return 1.05070098 * np.where(z > 0, z, 1.67326324 * np.expm1(np.minimum(z, 0)))


def _of_a_typed_pi(case: Case) -> Any:
    epoch, rate, last = case.arguments
    return rate * (1 + np.cos(3.14159 * epoch / last)) / 2


def _recursion(case: Case) -> Any:
    epoch, rate, last = case.arguments
    first = rate
    for t in range(1, epoch + 1):
        if (t - 1 - last) % (2 * last) == 0:
            rate += first * (1 - np.cos(np.pi / last)) / 2
        else:
            rate *= (1 + np.cos(np.pi * t / last)) / (1 + np.cos(np.pi * (t - 1) / last))
    return rate


def _rounded_once(beta: float, t: int) -> float:
    return float(single(float(single(beta)) ** t))


def _multiplied(beta: float, t: int) -> float:
    return float(np.prod(np.full(t, beta, single), dtype=single))


def _adam(
    case: Case,
    power: Callable[[float, int], float] = pow,
    beta: Callable[[Any], Any] = float,
) -> Any:
    """Adam in float64, but for its βs or their powers."""
    w, gradients, rates = (np.asarray(a, float) for a in case.arguments)
    b1, b2 = (float(beta(case.hyper[name])) for name in ("beta1", "beta2"))
    m, v, path = np.zeros_like(w), np.zeros_like(w), []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        m_hat, v_hat = m / (1 - power(b1, t)), v / (1 - power(b2, t))
        w = w - rate * m_hat / (np.sqrt(v_hat) + case.hyper["epsilon"])
        path.append(w)
    return np.array(path)


CAUSES = [
    ("mse_loss", _mse_in_float32, "every answer is a float32 number"),
    ("mse_loss", _mse_of_float32, "its input is rounded to float32, and what follows is float64"),
    ("mse_loss", _mse_with_a_float32_step, "looks like float32 inside"),
    ("binary_cross_entropy", _complement_formed, "1 − p is computed and rounded"),
    ("sigmoid", _one_minus_the_other_half, "1 + tanh(z/2), or 1 − σ(−z), is formed and rounded"),
    ("sigmoid", _sigmoid_by_tanh, "1 + tanh(z/2), or 1 − σ(−z), is formed and rounded"),
    ("tanh", _tanh_by_one_exponential, "what is near 1 is subtracted where z is near 0"),
    ("leaky_relu", _leaky_of_a_magnitude, "½ (1 + α) z and ½ (1 − α) |z| are added"),
    ("selu", _selu_of_eight_digits, "λ and α are typed with 8 digits"),
    ("sigmoid", _cut_at_30, "the tail is cut off: every input there gets 9.36e-14 or 1"),
    ("softplus", _softplus, "1 + eᶻ is computed and rounded"),
    ("log_softmax", _log_softmax, "log Σ eᶻ is formed and subtracted from z"),
    ("softmax", _softmax_of_its_logarithm, "the logarithm of the softmax is rounded"),
    ("batch_norm", _normalised_by_squares, "the variance is formed as E[x²] − E[x]²"),
    ("silu", _silu_by_tanh, "σ is formed as (1 + tanh(z/2)) / 2"),
    ("cosine_annealing", _of_a_typed_pi, "π is 3.14159"),
    ("cosine_annealing", _recursion, "each epoch's rate is computed from the last one's"),
    (
        "Adam",
        lambda case: _adam(case, beta=single),
        "β is rounded to float32, and 1 − βᵗ is formed from that in float64",
    ),
    (
        "Adam",
        lambda case: _adam(case, _multiplied),
        "βᵗ is a running product in float32, and 1 − βᵗ is formed from it",
    ),
]


def _told(formula: str, body: Any, dtype: str = "float64") -> str | None:
    asked = [
        case
        for case in cases(formula, dtype)
        if case.id not in LONG and not case.large and not CONTRACT[formula].chosen(case.hyper)
    ]
    with np.errstate(all="ignore"):
        answers = [np.asarray(body(case), float).ravel() for case in asked]
    return diagnose(variants(formula)[0], asked, answers)


@pytest.mark.parametrize(("formula", "body", "cause"), CAUSES, ids=[c[2][:40] for c in CAUSES])
def test_the_cause_that_is_at_work_is_named(formula: str, body: Any, cause: str) -> None:
    told = _told(formula, body)
    assert told is not None
    assert cause in told


@pytest.mark.parametrize(
    ("power", "cause"),
    [
        (_rounded_once, "βᵗ is formed in float32, and 1 − βᵗ from it"),
        (_multiplied, "βᵗ is a running product in float32, and 1 − βᵗ is formed from it"),
    ],
)
def test_in_float32_the_ways_to_form_a_power_are_told_apart(
    power: Callable[[float, int], float], cause: str
) -> None:
    assert _told("Adam", lambda case: _adam(case, power).astype(single), "float32") == cause


def test_a_sum_that_is_rounded_either_way_is_told_in_float32_too() -> None:
    assert "1 + eᶻ is computed and rounded" in str(_told("softplus", _softplus, "float32"))


@pytest.mark.parametrize(
    ("formula", "worse"),
    [
        ("mse_loss", lambda exact: exact * (1 + 1e-12)),
        ("sigmoid", lambda exact: exact * (1 + 1e-12)),
        ("Adam", lambda exact: exact * (1 + 1e-10)),
        ("cosine_annealing", lambda exact: exact * (1 + 1e-10)),
        ("binary_cross_entropy", lambda exact: exact * (1 + 1e-11)),
    ],
)
def test_a_cause_that_is_not_known_is_not_guessed(formula: str, worse: Any) -> None:
    assert _told(formula, lambda case: worse(_exactly(case))) is None


def test_a_power_of_a_rounded_complement_is_a_known_cause() -> None:
    asked = [case for case in cases("focal_loss", "float64") if case.id.startswith("far-below")]
    answers = []
    for y, p, gamma, alpha in (case.arguments for case in asked):
        q = np.clip(p, 1e-7, 1 - 1e-7)
        right = y * p + (1 - y) * (1 - p)
        weight = y * alpha + (1 - y) * (1 - alpha)
        entropy = -y * np.log(q) - (1 - y) * np.log1p(-q)
        answers.append(np.array([np.mean(weight * (1 - right) ** gamma * entropy)]))
    cause = diagnose(form("focal_loss", "of-p-t + clipped-at-1e-7"), asked, answers)
    assert cause is not None
    assert cause.startswith("1 − p is computed and rounded")


def test_a_few_zero_bits_are_no_trace_of_a_difference_from_one() -> None:
    def coarse(case: Case) -> np.ndarray:
        exact = _exactly(case)
        return np.where((exact > 0.06) & (exact < 0.5), np.round(exact * 2**46) / 2**46, exact)

    assert _told("sigmoid", coarse) is None


def test_where_no_cause_is_known_at_all_none_is_named() -> None:
    assert _told("mse_loss", lambda case: _exactly(case) * (1 + 1e-4), "float32") is None


@pytest.mark.parametrize("formula", ["mse_loss", "sigmoid", "Adam"])
def test_what_is_exact_has_no_cause(formula: str) -> None:
    assert _told(formula, _exactly) is None


@pytest.mark.parametrize(
    ("formula", "body"), [("leaky_relu", _leaky_of_a_magnitude), ("tanh", _tanh_by_one_exponential)]
)
def test_what_another_spelling_loses_is_no_other_formula(formula: str, body: Any) -> None:
    assert judge(formula, "float64", body).verdict == "inaccurate"
    assert judge(formula, "float64", lambda case: body(case) * (1 + 1e-5)).verdict == "deviates"
